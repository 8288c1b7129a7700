import { showSetting } from '../config-view.js';
import { matchesGlob } from '../glob.js';
import { type MapEntry, map } from '../reply.js';
import { UsageError } from './argument-reader.js';
import type { AdminCommand } from './command.js';

const get: AdminCommand = {
  name: 'get',
  summary: 'The effective settings whose names match the pattern; secrets are hidden',
  arguments: [{ name: 'pattern', type: 'string', multiple: true }],
  arity: -3,
  flags: ['admin', 'readonly'],
  run({ args, context }) {
    const shown = Object.entries(context.config)
      .filter(([name]) => args.some((pattern) => matchesGlob(pattern, name)))
      .map(([name, value]): MapEntry => [name, showSetting(name, value)]);
    return map(shown);
  },
};

/** The configuration is read once, at the start: there is no CONFIG SET. */
export const configCommand: AdminCommand = {
  name: 'config',
  summary: 'The effective configuration',
  arguments: [{ name: 'subcommand', type: 'string' }],
  arity: -2,
  flags: ['admin', 'readonly'],
  subcommands: [get],
  run() {
    throw new UsageError('the subcommand is missing');
  },
};
