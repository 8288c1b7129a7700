import { text } from '../reply.js';
import { INFO_SECTIONS } from './info-sections.js';
import type { AdminCommand } from './command.js';

/** Redis' names for "all sections". */
const ALL: ReadonlySet<string> = new Set(['all', 'everything', 'default']);

/** Redis' INFO, with the sections that mean something for a proxy. */
export const infoCommand: AdminCommand = {
  name: 'info',
  summary: `Figures in the format of Redis' INFO; sections: ${Object.keys(INFO_SECTIONS).join(', ')}`,
  arguments: [{ name: 'section', type: 'string', optional: true, multiple: true }],
  arity: -1,
  flags: ['readonly'],
  async run({ args, context }) {
    const asked = args.map((section) => section.toLowerCase());
    const all = asked.length === 0 || asked.some((section) => ALL.has(section));
    // An unknown section is an empty answer, as in Redis: tools ask for sections that not every server has.
    const sections = Object.entries(INFO_SECTIONS).filter(([name]) => all || asked.includes(name));
    const rendered = sections.map(async ([name, render]) => renderSection(name, await render(context)));
    return text((await Promise.all(rendered)).join('\r\n'));
  },
};

function renderSection(name: string, lines: Readonly<Record<string, string | number>>): string {
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const body = Object.entries(lines).map(([key, value]) => `${key}:${String(value).replaceAll(/[\r\n]+/g, ' ')}\r\n`);
  return `# ${title}\r\n${body.join('')}`;
}
