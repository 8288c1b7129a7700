import { entriesOf, numberOf, textOf, wordsOf, type ReplyMap } from './reply-map.js';
import { renderFacts, showMicros } from './tables.js';
import type { Colors } from './terminal.js';

/** The steps between closing and opening the gate, in their order. */
const STEPS = ['drain', 'fence', 'catchup', 'promote', 'redirect'] as const;

/** The answer to SWITCHOVER for people: what happened, what clients felt, where the time went. */
export function renderReport(report: ReplyMap, colors: Colors): string {
  const from = textOf(report, 'old_master');
  const to = textOf(report, 'new_master');
  if (textOf(report, 'outcome') === 'would-switch') {
    const predicted = showMicros(numberOf(report, 'predicted_stall_us'));
    return `${colors.green('would switch')}: ${from} → ${to}; writes would wait for about ${predicted}. Nothing was touched.`;
  }
  const stall = colors.bold(showMicros(numberOf(report, 'stall_us')));
  const gap = numberOf(report, 'offset_gap');
  const resync = entriesOf(report, 'resync').map(([node, how]) => `${node} ${how}`);
  return [
    `${colors.green('switched')}: ${from} → ${to}; writes waited for ${stall}`,
    '',
    renderFacts([
      ['of it', STEPS.map((step) => `${step} ${showMicros(numberOf(report, `${step}_us`))}`).join(', ')],
      ['predicted', showMicros(numberOf(report, 'predicted_stall_us'))],
      ['held', `${textOf(report, 'held_commands')} commands of ${textOf(report, 'held_clients')} clients`],
      ['offset', textOf(report, 'offset')],
      ...(gap === 0 ? [] : [['lost', colors.red(`the new master was ${gap} behind`)] as const]),
      ['resync', resync.length === 0 ? 'no other node' : resync.join(', ')],
      ['settled', textOf(report, 'settled') === 'yes' ? 'yes' : colors.yellow('not yet: see holdfast status')],
      ...wordsOf(report, 'notes').map((note) => ['note', colors.yellow(note)] as const),
      ['id', `${textOf(report, 'id')}, epoch ${textOf(report, 'epoch')}`],
    ]),
  ].join('\n');
}
