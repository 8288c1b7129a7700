import type { NodeId } from '../../config/node-address.js';
import type { SwitchoverRequest } from '../../switchover/ports.js';
import { answerReport } from '../report-reply.js';
import { ArgumentReader, UsageError } from './argument-reader.js';
import type { AdminCommand } from './command.js';

/** Ten minutes: longer than any hold that clients could live through, so a longer value is a slip of the keyboard. */
const TIMEOUT_BOUNDS = { min: 1, max: 600_000, unit: 'milliseconds' } as const;

/** Moves the master and answers when all is settled (bounded by `settle_timeout_ms`). */
export const switchoverCommand: AdminCommand = {
  name: 'switchover',
  summary:
    'Makes another node the master while the applications go on; answers when all is settled. UNPLANNED: the master is dead',
  arguments: [
    {
      name: 'target',
      type: 'block',
      token: 'TO',
      optional: true,
      arguments: [
        { name: 'host', type: 'string' },
        { name: 'port', type: 'integer' },
      ],
    },
    { name: 'dryrun', type: 'pure-token', token: 'DRYRUN', optional: true },
    { name: 'force', type: 'pure-token', token: 'FORCE', optional: true },
    { name: 'ms', type: 'integer', token: 'SYNCTIMEOUT', optional: true },
    { name: 'ms', type: 'integer', token: 'PAUSETIMEOUT', optional: true },
    { name: 'unplanned', type: 'pure-token', token: 'UNPLANNED', optional: true },
  ],
  arity: -1,
  flags: ['admin'],
  async run({ args, session, context }) {
    const request = readSwitchoverRequest(args);
    context.log.info({ request, client: session.addr }, 'an operator asked for a switchover');
    return answerReport(await context.ports.switchover.switchover(request));
  },
};

function readSwitchoverRequest(args: readonly string[]): SwitchoverRequest {
  const reader = new ArgumentReader(args);
  const request: {
    to?: NodeId;
    unplanned?: boolean;
    dryRun?: boolean;
    forceOnTimeout?: boolean;
    syncTimeoutMs?: number;
    pauseTimeoutMs?: number;
  } = {};
  const seen = new Set<string>();
  while (!reader.done) {
    const option = reader.keyword();
    // The second value would silently win.
    if (seen.has(option)) throw new UsageError(`${option} is given twice`);
    seen.add(option);
    if (option === 'TO') request.to = reader.node();
    else if (option === 'UNPLANNED') request.unplanned = true;
    else if (option === 'DRYRUN') request.dryRun = true;
    else if (option === 'FORCE') request.forceOnTimeout = true;
    else if (option === 'SYNCTIMEOUT') request.syncTimeoutMs = reader.integer(option, TIMEOUT_BOUNDS);
    else if (option === 'PAUSETIMEOUT') request.pauseTimeoutMs = reader.integer(option, TIMEOUT_BOUNDS);
    else throw new UsageError(`'${option}' is not an option`);
  }
  return request;
}
