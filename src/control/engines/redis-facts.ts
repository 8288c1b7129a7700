import { NodeError, type EngineName } from '../../switchover/ports.js';
import { infoNumber, parseInfo } from '../info-fields.js';
import type { CommandLine, NodeLink, Reply } from '../node-link.js';
import type { EngineFacts } from './engine.js';
import { replicasFromInfo, roleFromInfo } from './replication-info.js';

/** Subscribed by every Sentinel that watches a node; its subscribers tell of them without a walk over all clients. */
const SENTINEL_CHANNEL = '__sentinel__:hello';

/** INFO takes several sections only since Redis 7; these go out in one write. The last two may be forbidden by ACL. */
const QUESTIONS: readonly CommandLine[] = [
  ['INFO', 'server'],
  ['INFO', 'replication'],
  ['INFO', 'persistence'],
  ['INFO', 'cluster'],
  ['INFO', 'keyspace'],
  ['CONFIG', 'GET', 'replica-priority'],
  ['PUBSUB', 'NUMSUB', SENTINEL_CHANNEL],
];

/** How a server writes that it has not a single key; behind it stands a line for each database that has some. */
const NO_KEYS = /^# Keyspace\s*$/;

/** How a server writes that its stream goes on from no other. */
const NO_STREAM = /^0*$/;

/** Redis' own default, for a master whose CONFIG may not be read. */
const DEFAULT_PRIORITY = 100;

/** Reads all that preflight wants to know of a Redis or Valkey node. */
export async function readRedisFacts(name: EngineName, link: NodeLink, timeoutMs: number): Promise<EngineFacts> {
  const answers = await link.pipeline(QUESTIONS, timeoutMs);
  const [server, replication, persistence, cluster] = answers.slice(0, 4).map((answer) => {
    if (answer instanceof NodeError) throw answer;
    return parseInfo(String(answer));
  });
  const [keyspace, configured, sentinels] = answers.slice(4);
  if (server === undefined || replication === undefined) throw new NodeError(link.node, 'unknown', 'INFO is empty');
  const version = server.get(name === 'valkey' ? 'valkey_version' : 'redis_version') ?? '';
  const loading = persistence?.get('loading') === '1';
  const watched = second(sentinels);
  const replId = replication.get('master_replid');
  const replId2 = replication.get('master_replid2');
  return {
    ...roleFromInfo(replication),
    engine: name,
    version,
    runId: server.get('run_id') ?? '',
    loading,
    ...(NO_KEYS.test(String(keyspace)) && !loading ? { isEmpty: true } : {}),
    priority: Number(second(configured) ?? infoNumber(replication, 'slave_priority', DEFAULT_PRIORITY)),
    clusterEnabled: cluster?.get('cluster_enabled') === '1',
    ...(replId === undefined ? {} : { replId }),
    ...(replId2 === undefined || NO_STREAM.test(replId2) ? {} : { replId2 }),
    ...(replication.has('second_repl_offset')
      ? { secondReplOffset: infoNumber(replication, 'second_repl_offset', -1) }
      : {}),
    ...(watched === undefined ? {} : { watchedBySentinel: Number(watched) > 0 }),
    canPause: name === 'valkey' || hasPauseWrite(version),
    replicas: replicasFromInfo(replication),
  };
}

/** `CLIENT PAUSE … WRITE` came with Redis 6.2. */
function hasPauseWrite(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}

/** The value of a reply `[name, value]`; undefined when it was refused or empty. */
function second(reply: Reply | NodeError | undefined): Reply | undefined {
  return Array.isArray(reply) ? (reply as readonly Reply[])[1] : undefined;
}
