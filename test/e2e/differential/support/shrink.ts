import type { Finding } from './player.js';
import { wordsForReading, type Sequence, type Step } from './sequence.js';

/** Attempts to make a failing sequence shorter; each takes up to some seconds. */
const MOST_ATTEMPTS = 150;

/** The shortest sequence found that still differs: steps are left out, then items of steps, then the cutting. */
export async function shrink(
  failing: Sequence,
  finding: Finding,
  differs: (sequence: Sequence) => Promise<Finding | null>,
): Promise<{ readonly sequence: Sequence; readonly finding: Finding }> {
  let best: { readonly sequence: Sequence; readonly finding: Finding } = {
    sequence: { ...failing, steps: failing.steps.slice(0, finding.step + 1) },
    finding,
  };
  let attempts = 0;
  const keepIfItDiffers = async (steps: readonly Step[]): Promise<boolean> => {
    if (attempts++ >= MOST_ATTEMPTS) return false;
    const sequence = { ...best.sequence, steps };
    const found = await differs(sequence);
    if (found !== null) best = { sequence, finding: found };
    return found !== null;
  };
  for (let at = best.sequence.steps.length - 1; at >= 0; at--) {
    await keepIfItDiffers(best.sequence.steps.filter((_step, index) => index !== at));
  }
  for (let at = best.sequence.steps.length - 1; at >= 0; at--) {
    const step = best.sequence.steps[at];
    if (step?.kind !== 'say') continue;
    const replaced = (items: typeof step.items, cut: number): readonly Step[] =>
      best.sequence.steps.map((each, index) => (index === at ? { ...step, items, cut } : each));
    let { items } = step;
    for (
      let size = Math.ceil(items.length / 2);
      size >= 1 && items.length > 1;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let from = items.length - size; from >= 0; from -= size) {
        const fewer = [...items.slice(0, from), ...items.slice(from + size)];
        if (fewer.length > 0 && (await keepIfItDiffers(replaced(fewer, step.cut)))) items = fewer;
      }
    }
    if (step.cut !== 0) await keepIfItDiffers(replaced(items, 0));
  }
  return best;
}

/** What a person needs to repeat it and to see what is wrong. */
export function describe({ sequence, finding }: { readonly sequence: Sequence; readonly finding: Finding }): string {
  const lines = sequence.steps.flatMap((step, at) => {
    if (step.kind === 'move') return [`  ${at}: the master moves`];
    const how = step.cut === 0 ? '' : ` (cut by ${step.cut})`;
    return step.items.map(
      (item, index) => `  ${index === 0 ? `${at}: client ${step.client}${how}` : '    and'}: ${wordsForReading(item)}`,
    );
  });
  return [
    `seed ${sequence.seed}, ${sequence.clients} clients; after step ${finding.step} client ${finding.client} got another ${finding.what}`,
    ...lines,
    `  direct: ${excerpt(finding.direct, finding.behind)}`,
    `  behind: ${excerpt(finding.behind, finding.direct)}`,
  ].join('\n');
}

/** The part that differs, with some bytes round it. */
function excerpt(text: string, other: string): string {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  const from = at < 400 ? 0 : at - 100;
  return `${from > 0 ? `… from ${from}: ` : ''}${text.slice(from, from + 600)}${text.length > from + 600 ? '…' : ''}`;
}
