import type { NodeId } from '../../config/node-address.js';
import type { SwitchoverRequest } from '../../switchover/ports.js';
import { failoverState } from '../failover-state.js';
import type { NodeView } from '../ports.js';
import { OK, type Reply, error } from '../reply.js';
import { ArgumentReader, parseInteger } from './argument-reader.js';
import type { AdminCommand, CommandCall } from './command.js';

/** The pause of the old master has to outlive the wait for the replica, the promotion and the demotion. */
const PAUSE_BEYOND_TIMEOUT_MS = 1_000;

const SYNTAX_ERROR = error('ERR syntax error');
const NOT_AN_INTEGER = error('ERR value is not an integer or out of range');

/**
 * Redis' FAILOVER with Redis' meaning and texts (`failoverCommand` in its replication.c), so that what drives a Redis
 * can drive Holdfast: OK at once, progress in `INFO replication`, the outcome in the log, HISTORY and the metrics.
 */
export const failoverCommand: AdminCommand = {
  name: 'failover',
  summary:
    "Like Redis' FAILOVER: starts a switchover and answers at once; INFO replication shows master_failover_state",
  arguments: [
    {
      name: 'target',
      type: 'block',
      token: 'TO',
      optional: true,
      arguments: [
        { name: 'host', type: 'string' },
        { name: 'port', type: 'integer' },
        { name: 'force', type: 'pure-token', token: 'FORCE', optional: true },
      ],
    },
    { name: 'abort', type: 'pure-token', token: 'ABORT', optional: true },
    { name: 'milliseconds', type: 'integer', token: 'TIMEOUT', optional: true },
  ],
  arity: -1,
  flags: ['admin'],
  run(call) {
    const parsed = parse(call.args);
    if ('failure' in parsed) return parsed.failure;
    return parsed.abort ? abort(call) : start(call, parsed);
  },
};

interface FailoverArguments {
  readonly abort: boolean;
  readonly to?: NodeId;
  readonly force: boolean;
  readonly timeoutMs?: number;
}

function parse(args: readonly string[]): FailoverArguments | { readonly failure: Reply } {
  const [only] = args;
  if (args.length === 1 && only?.toUpperCase() === 'ABORT') return { abort: true, force: false };
  const found: { to?: NodeId; force: boolean; timeoutMs?: number } = { force: false };
  for (let at = 0; at < args.length; at += 1) {
    const option = args[at]?.toUpperCase();
    if (option === 'TIMEOUT' && at + 1 < args.length && found.timeoutMs === undefined) {
      const timeoutMs = parseInteger(args[++at] ?? '');
      if (timeoutMs === null) return { failure: NOT_AN_INTEGER };
      if (timeoutMs <= 0) return { failure: error('ERR FAILOVER timeout must be greater than 0') };
      found.timeoutMs = timeoutMs;
    } else if (option === 'TO' && at + 2 < args.length && found.to === undefined) {
      const target = args.slice(at + 1, at + 3);
      if (parseInteger(target[1] ?? '') === null) return { failure: NOT_AN_INTEGER };
      found.to = new ArgumentReader(target).node();
      at += 2;
    } else if (option === 'FORCE' && !found.force) {
      found.force = true;
    } else {
      return { failure: SYNTAX_ERROR };
    }
  }
  return { abort: false, ...found };
}

function abort({ context }: CommandCall): Reply {
  const { switchover } = context.ports;
  if (failoverState(switchover.status()) === 'no-failover') return error('ERR No failover in progress.');
  if (switchover.abort()) return OK;
  return error('ERR The failover is past the point of no return.');
}

function start({ context, session }: CommandCall, asked: FailoverArguments): Reply {
  const { switchover, topology } = context.ports;
  if (failoverState(switchover.status()) !== 'no-failover') return error('ERR FAILOVER already in progress.');
  const refusal = refuse(asked, topology.nodes());
  if (refusal !== null) return error(`ERR ${refusal}`);
  const request: SwitchoverRequest = {
    ...(asked.to === undefined ? {} : { to: asked.to }),
    forceOnTimeout: asked.force,
    ...(asked.timeoutMs === undefined
      ? {}
      : { syncTimeoutMs: asked.timeoutMs, pauseTimeoutMs: asked.timeoutMs + PAUSE_BEYOND_TIMEOUT_MS }),
  };
  context.log.info({ request, client: session.addr }, 'an operator asked for a FAILOVER');
  switchover.switchover(request).then(
    (report) => context.log.info({ report }, 'the FAILOVER that an operator asked for has ended'),
    (failure: unknown) => context.log.error({ err: failure }, 'the FAILOVER that an operator asked for failed'),
  );
  return OK;
}

/** What Redis checks before it says OK; the rest is found in preflight and told in HISTORY. */
function refuse(asked: FailoverArguments, nodes: readonly NodeView[]): string | null {
  const replicas = nodes.filter((node) => node.role === 'replica');
  if (replicas.length === 0) return 'FAILOVER requires connected replicas.';
  if (asked.force && (asked.timeoutMs === undefined || asked.to === undefined)) {
    return 'FAILOVER with force option requires both a timeout and target HOST and IP.';
  }
  if (asked.to !== undefined) {
    const target = replicas.find((node) => node.node === asked.to);
    if (target === undefined) return 'FAILOVER target HOST and PORT is not a replica.';
    if (!target.up) return 'FAILOVER target replica is not online.';
  }
  return null;
}
