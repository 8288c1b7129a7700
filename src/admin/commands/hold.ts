import { OK } from '../reply.js';
import { ArgumentReader } from './argument-reader.js';
import type { AdminCommand } from './command.js';

/** Below the 5 s at which many clients give up on a command, with room for the release. */
const DEFAULT_HOLD_MS = 4_000;
/** Writers pile up behind a hold; who needs more than a minute needs another tool. */
const MAX_HOLD_MS = 60_000;

/** Closes the gate by hand; it opens by itself when the time is over. */
export const holdCommand: AdminCommand = {
  name: 'hold',
  summary: `Holds all writes for ms milliseconds (default ${DEFAULT_HOLD_MS}, at most ${MAX_HOLD_MS}) or until RELEASE`,
  arguments: [{ name: 'ms', type: 'integer', optional: true }],
  arity: -1,
  flags: ['admin'],
  async run({ args, session, context }) {
    const reader = new ArgumentReader(args);
    const ms = reader.done ? DEFAULT_HOLD_MS : reader.integer('ms', { min: 1, max: MAX_HOLD_MS, unit: 'milliseconds' });
    reader.end();
    const closed = await context.ports.traffic.holdByHand(ms);
    context.log.info({ ms, client: session.addr, extended: !closed }, 'an operator holds the writes');
    return OK;
  },
};
