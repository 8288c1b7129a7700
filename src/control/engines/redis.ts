import { NodeError, type RoleFacts } from '../../switchover/ports.js';
import { infoNumber, parseInfo } from '../info-fields.js';
import type { CommandLine, NodeLink, Reply } from '../node-link.js';
import type { Engine } from './engine.js';
import { followCommand } from './follow-command.js';
import { missingRights } from './missing-rights.js';
import { parseRole } from './parse-role.js';
import { readRedisFacts } from './redis-facts.js';
import { rewriteConfig } from './rewrite-config.js';

const ROLE: CommandLine = ['ROLE'];

/**
 * Redis ≥ 6.2 and Valkey. Offsets come from ROLE: it is O(1), small, and of a replica it states the applied offset.
 * Every command of the stall is a single write and a single answer.
 */
function redisLike(name: 'redis' | 'valkey'): Engine {
  return {
    name,
    facts: (link, timeoutMs) => readRedisFacts(name, link, timeoutMs),
    missingRights,
    role: async (link, timeoutMs) => roleOf(link, await link.call(ROLE, timeoutMs)),

    async fence(link, pauseMs, timeoutMs) {
      // Answered in this order: whatever write the server acknowledged before the pause is in the offset behind it.
      const [paused, role = null] = await link.pipeline([pause(pauseMs), ROLE], timeoutMs);
      if (paused instanceof NodeError) throw paused;
      if (role instanceof NodeError) throw role;
      return offsetOf(link, 'master', role);
    },

    masterOffset: async (link, timeoutMs) => offsetOf(link, 'master', await link.call(ROLE, timeoutMs)),
    appliedOffset: async (link, timeoutMs) => offsetOf(link, 'replica', await link.call(ROLE, timeoutMs)),

    // Of two pauses the longer one wins, so this can not shorten what runs.
    async extendFence(link, pauseMs, timeoutMs) {
      await link.call(pause(pauseMs), timeoutMs);
    },

    async unfence(link, timeoutMs) {
      await link.call(['CLIENT', 'UNPAUSE'], timeoutMs);
    },

    async promote(link, timeoutMs) {
      await link.call(['REPLICAOF', 'NO', 'ONE'], timeoutMs);
    },

    async demote(link, master, timeoutMs) {
      // Without MULTI a held writer could run between the two; EXEC makes the held ones meet a replica: READONLY.
      const transaction = [['MULTI'], followCommand('REPLICAOF', link, master), ['CLIENT', 'UNPAUSE'], ['EXEC']];
      const replies = await link.pipeline(transaction, timeoutMs);
      const refused = replies.find((reply) => reply instanceof NodeError);
      if (refused instanceof NodeError) throw refused;
      const results = replies.at(-1);
      if (!Array.isArray(results)) throw new NodeError(link.node, 'unknown', 'EXEC did not answer with a list');
      const failed: unknown = results.find((result: unknown) => result instanceof Error);
      if (failed instanceof Error) throw new NodeError(link.node, 'refused', failed.message);
    },

    async follow(link, master, timeoutMs) {
      await link.call(followCommand('REPLICAOF', link, master), timeoutMs);
    },

    // No filter names a replica by the address on which it listens.
    async dropReplica(link, _, timeoutMs) {
      await link.call(['CLIENT', 'KILL', 'TYPE', 'replica'], timeoutMs);
    },

    persist: rewriteConfig,

    async syncCounters(link, timeoutMs) {
      const stats = parseInfo(String(await link.call(['INFO', 'stats'], timeoutMs)));
      return { full: infoNumber(stats, 'sync_full', 0), partial: infoNumber(stats, 'sync_partial_ok', 0) };
    },
  };
}

export const redisEngine = redisLike('redis');
export const valkeyEngine = redisLike('valkey');

function pause(pauseMs: number): CommandLine {
  return ['CLIENT', 'PAUSE', Math.ceil(pauseMs), 'WRITE'];
}

function roleOf(link: NodeLink, reply: Reply): RoleFacts {
  const role = parseRole(reply);
  if (role === null) throw new NodeError(link.node, 'unknown', 'ROLE answers neither master nor replica');
  return role;
}

/** The offset, if the node is what the caller takes it for: an offset of the wrong role would compare with nothing. */
function offsetOf(link: NodeLink, expected: RoleFacts['role'], reply: Reply): number {
  const { role, offset } = roleOf(link, reply);
  if (role !== expected) throw new NodeError(link.node, 'unknown', `it is a ${role}, not a ${expected}`);
  return offset;
}
