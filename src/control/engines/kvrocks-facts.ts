import { createHmac, randomBytes } from 'node:crypto';
import { NodeError, type RoleFacts } from '../../switchover/ports.js';
import { infoNumber, parseInfo, type InfoFields } from '../info-fields.js';
import type { CommandLine, NodeLink, Reply } from '../node-link.js';
import type { EngineFacts } from './engine.js';
import { replicasFromInfo, roleFromInfo } from './replication-info.js';

/** `CLIENT PAUSE` without its arguments does nothing, and is refused in words that tell whether the command is known. */
const QUESTIONS: readonly CommandLine[] = [
  ['INFO', 'server'],
  ['INFO', 'replication'],
  ['INFO', 'cluster'],
  ['CONFIG', 'GET', 'slave-priority'],
  ['CLIENT', 'PAUSE'],
  ['NAMESPACE', 'GET', '*'],
];

/** Kvrocks' own default, for a node that does not say. */
const DEFAULT_PRIORITY = 100;

/**
 * Reads all that preflight wants to know of a Kvrocks node. It never asks ROLE: while a node restores a full synchronisation, that
 * ends its process.
 */
export async function readKvrocksFacts(link: NodeLink, timeoutMs: number): Promise<EngineFacts> {
  const answers = await link.pipeline(QUESTIONS, timeoutMs);
  const [server, replication, cluster] = answers.slice(0, 3).map((answer) => {
    if (answer instanceof NodeError) throw answer;
    return parseInfo(String(answer));
  });
  const [configured, paused, listed] = answers.slice(3);
  const namespaces = fingerprint(listed);
  if (server === undefined || replication === undefined) throw new NodeError(link.node, 'unknown', 'INFO is empty');
  return {
    ...kvrocksRole(link, replication),
    engine: 'kvrocks',
    version: server.get('kvrocks_version') ?? '',
    // It has no run id. A process that ended and another that took its place differ in this.
    runId: `pid-${server.get('process_id') ?? ''}`,
    loading: false,
    priority: priorityOf(replication, configured),
    clusterEnabled: cluster?.get('cluster_enabled') === '1',
    canPause: knowsPause(paused),
    ...(namespaces === null ? {} : { namespaces }),
    replicas: replicasFromInfo(replication),
  };
}

/**
 * The role as `INFO replication` states it.
 *
 * @throws {NodeError} `refused`, LOADING, while a full synchronisation is restored: the section is missing then.
 */
export function kvrocksRole(link: NodeLink, replication: InfoFields): RoleFacts {
  if (replication.has('role')) return roleFromInfo(replication);
  throw new NodeError(link.node, 'refused', 'it restores a full synchronisation', 'LOADING');
}

function priorityOf(replication: InfoFields, configured: Reply | NodeError | undefined): number {
  const value: unknown = Array.isArray(configured) ? (configured as readonly Reply[])[1] : undefined;
  return Number(value ?? infoNumber(replication, 'slave_priority', DEFAULT_PRIORITY));
}

/** Kvrocks < 2.15: `Syntax error, try CLIENT LIST|INFO|KILL …`, which names what it knows; later: a wrong number of arguments. */
function knowsPause(answer: Reply | NodeError | undefined): boolean {
  if (!(answer instanceof NodeError)) return false;
  return !answer.message.includes('try CLIENT') || answer.message.includes('PAUSE');
}

/** Of this process only: what was made of tokens here says nothing to whoever finds it elsewhere. */
const KEY = randomBytes(32);

/**
 * What tells two lists of namespaces and tokens apart, and nothing else about them: tokens are passwords.
 *
 * @param listed name, token, name, token, …; the administrator's are among them. In which order they come is not said.
 * @returns null when the list was refused.
 */
function fingerprint(listed: Reply | NodeError | undefined): string | null {
  if (!Array.isArray(listed)) return null;
  const words = (listed as readonly Reply[]).map(String);
  const pairs = words.flatMap((name, at) => (at % 2 === 0 ? [JSON.stringify([name, words[at + 1]])] : []));
  return createHmac('sha256', KEY).update(pairs.sort().join('\n')).digest('hex');
}
