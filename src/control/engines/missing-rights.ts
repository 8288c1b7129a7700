import { NodeError } from '../../switchover/ports.js';
import type { CommandLine, NodeLink } from '../node-link.js';

/** A command that any server refuses for its number of words: a transaction with it in it can not run. */
const ALWAYS_REFUSED: CommandLine = ['GET'];

/**
 * Every right that a switch, or what follows it, may need, and a command that asks for it. The arguments make no sense on
 * purpose: none of these is ever meant to run.
 */
const PROBES: readonly (readonly [right: string, command: CommandLine])[] = [
  ['role', ['ROLE']],
  ['info', ['INFO', 'stats']],
  ['command', ['COMMAND', 'COUNT']],
  ['replicaof', ['REPLICAOF', 'nowhere', 'no-port']],
  ['client|pause', ['CLIENT', 'PAUSE', 'no-number', 'WRITE']],
  ['client|unpause', ['CLIENT', 'UNPAUSE']],
  ['client|kill', ['CLIENT', 'KILL', 'nobody']],
  ['client|info', ['CLIENT', 'INFO']],
  ['script|load', ['SCRIPT', 'LOAD', '']],
  ['script|flush', ['SCRIPT', 'FLUSH', 'no-mode']],
  ['config|get', ['CONFIG', 'GET', 'replica-priority']],
  ['pubsub|numsub', ['PUBSUB', 'NUMSUB']],
];

/**
 * Which rights Holdfast's user lacks on a node, without doing anything there: the ACL judges a command when it is queued
 * in a transaction, and this transaction is spoilt before anything stands in it.
 *
 * @returns the rights as ACL rules name them. `exec` or `multi` alone: the connection may be left in a transaction.
 */
export async function missingRights(link: NodeLink, timeoutMs: number): Promise<readonly string[]> {
  const [begun] = await link.pipeline([['MULTI']], timeoutMs);
  // Without MULTI the rest would run.
  if (begun instanceof NodeError) return isDenied(begun) ? ['multi'] : [];
  const commands = [ALWAYS_REFUSED, ...PROBES.map(([, command]) => command), ['EXEC']];
  const replies = await link.pipeline(commands, timeoutMs);
  if (isDenied(replies.at(-1))) return ['exec'];
  return PROBES.flatMap(([right], index) => (isDenied(replies[index + 1]) ? [right] : []));
}

/** EXEC is denied as `EXECABORT Transaction discarded because of: NOPERM …` (Redis 7) or plainly. */
function isDenied(reply: unknown): boolean {
  return reply instanceof NodeError && (reply.code === 'NOPERM' || reply.message.includes('because of: NOPERM'));
}
