import type { NodeId } from '../../config/node-address.js';
import { NodeError, type RoleFacts } from '../../switchover/ports.js';
import { infoNumber, parseInfo } from '../info-fields.js';
import type { CommandLine, NodeLink, Reply } from '../node-link.js';
import type { Engine } from './engine.js';
import { followCommand } from './follow-command.js';
import { kvrocksRole, readKvrocksFacts } from './kvrocks-facts.js';
import { rewriteConfig } from './rewrite-config.js';

const REPLICATION: CommandLine = ['INFO', 'replication'];

/** Ends the links to all replicas. */
const KILL_REPLICAS: CommandLine = ['CLIENT', 'KILL', 'TYPE', 'slave'];

/**
 * Kvrocks standalone. Offsets are sequence numbers of records, and come from `INFO replication`: ROLE ends the process of a node
 * that restores a full synchronisation. Roles change with SLAVEOF, and last for a restart only with CONFIG REWRITE.
 */
export const kvrocksEngine: Engine = {
  name: 'kvrocks',
  facts: readKvrocksFacts,
  // There are no ACL rules: a password is the administrator's, or a namespace's.
  missingRights: () => Promise.resolve([]),
  role: readRole,

  async fence(link, pauseMs, timeoutMs) {
    const until = performance.now() + timeoutMs;
    const [paused, first = null] = await link.pipeline([pause(pauseMs), REPLICATION], timeoutMs);
    if (paused instanceof NodeError) throw paused;
    if (first instanceof NodeError) throw first;
    return settledOffset(link, offsetOf(link, 'master', first), until);
  },

  masterOffset: (link, timeoutMs) => readOffset(link, 'master', timeoutMs),
  appliedOffset: (link, timeoutMs) => readOffset(link, 'replica', timeoutMs),

  // A new pause takes the place of the one that runs. It begins now and is as long, so it ends later.
  async extendFence(link, pauseMs, timeoutMs) {
    await link.call(pause(pauseMs), timeoutMs);
  },

  async unfence(link, timeoutMs) {
    await link.call(['CLIENT', 'UNPAUSE'], timeoutMs);
  },

  async promote(link, timeoutMs) {
    await link.call(['SLAVEOF', 'NO', 'ONE'], timeoutMs);
  },

  async demote(link, master, timeoutMs) {
    await followAnyway(link, master, timeoutMs);
    // Only now: whoever was held meets a replica.
    const [unpaused] = await link.pipeline([['CLIENT', 'UNPAUSE']], timeoutMs);
    if (unpaused instanceof NodeError && !unpaused.message.includes('try CLIENT')) throw unpaused;
  },

  follow: followAnyway,

  async dropReplica(link, replica, timeoutMs) {
    const killed = await link.call(killReplica(replica), timeoutMs);
    if (killed === 0) await link.call(KILL_REPLICAS, timeoutMs);
  },

  persist: rewriteConfig,

  async syncCounters(link, timeoutMs) {
    const stats = parseInfo(String(await link.call(['INFO', 'stats'], timeoutMs)));
    return { full: infoNumber(stats, 'sync_full', 0), partial: infoNumber(stats, 'sync_partial_ok', 0) };
  },
};

/**
 * Follows `master`, also where that was a replica of this node until now. Such a one is refused ("can't replicate your own replicas")
 * for seconds, until the node notices that it has left, or is told to end the dead link. Only that one, if it can be named: the other
 * replicas' threads would sleep for a second when their links break, and whoever then re-points such a replica waits for that, with
 * everything on it.
 */
async function followAnyway(link: NodeLink, master: NodeId, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  const slaveOf = followCommand('SLAVEOF', link, master);
  let refused: NodeError | null = null;
  for (const before of [[], [killReplica(master)], [KILL_REPLICAS]]) {
    const leftMs = Math.max(1, until - performance.now());
    const followed = (await link.pipeline([...before, slaveOf], leftMs)).at(-1);
    if (!(followed instanceof NodeError)) return;
    if (!followed.message.includes('your own replicas')) throw followed;
    refused = followed;
  }
  if (refused !== null) throw refused;
}

/**
 * Ends the link to one replica, by the address that it announces, as `INFO replication` lists it (Kvrocks since 2.5). Answers 0 where it
 * goes by another name there.
 */
function killReplica(replica: NodeId): CommandLine {
  return ['CLIENT', 'KILL', 'ADDR', replica];
}

/**
 * An offset that was read twice. Kvrocks looks at the pause before it takes a lock, so a write that another of its workers was about to
 * run can still run behind the answer to the pause.
 */
async function settledOffset(link: NodeLink, first: number, until: number): Promise<number> {
  let offset = first;
  for (;;) {
    const leftMs = until - performance.now();
    if (leftMs <= 0) throw new NodeError(link.node, 'unknown', 'its offset does not stand still');
    const again = await readOffset(link, 'master', Math.ceil(leftMs));
    if (again === offset) return offset;
    offset = again;
  }
}

async function readRole(link: NodeLink, timeoutMs: number): Promise<RoleFacts> {
  return kvrocksRole(link, parseInfo(String(await link.call(REPLICATION, timeoutMs))));
}

async function readOffset(link: NodeLink, expected: RoleFacts['role'], timeoutMs: number): Promise<number> {
  return offsetOf(link, expected, await link.call(REPLICATION, timeoutMs));
}

/** The offset, if the node is what the caller takes it for: an offset of the wrong role would compare with nothing. */
function offsetOf(link: NodeLink, expected: RoleFacts['role'], reply: Reply): number {
  const { role, offset } = kvrocksRole(link, parseInfo(String(reply)));
  if (role !== expected) throw new NodeError(link.node, 'unknown', `it is a ${role}, not a ${expected}`);
  return offset;
}

function pause(pauseMs: number): CommandLine {
  return ['CLIENT', 'PAUSE', Math.ceil(pauseMs), 'WRITE'];
}
