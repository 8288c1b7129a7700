import { historyEntry } from '../report-reply.js';
import { ArgumentReader } from './argument-reader.js';
import type { AdminCommand } from './command.js';

/** What fits a screen. */
const DEFAULT_ENTRIES = 10;
/** As many as the state file keeps. */
const MAX_ENTRIES = 100;

/** The last switchovers, newest first. */
export const historyCommand: AdminCommand = {
  name: 'history',
  summary: `The last n switchovers (default ${DEFAULT_ENTRIES}), newest first, with how they ended and why`,
  arguments: [{ name: 'n', type: 'integer', optional: true }],
  arity: -1,
  flags: ['readonly'],
  run({ args, context }) {
    const reader = new ArgumentReader(args);
    const n = reader.done ? DEFAULT_ENTRIES : reader.integer('n', { min: 1, max: MAX_ENTRIES, unit: 'entries' });
    reader.end();
    return context.ports.switchover.history().slice(-n).reverse().map(historyEntry);
  },
};
