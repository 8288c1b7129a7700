import { formatNodeId } from '../../config/node-address.js';
import type { RoleFacts } from '../../switchover/ports.js';
import { infoNumber, type InfoFields } from '../info-fields.js';
import type { EngineFacts } from './engine.js';

/** The role. INFO keeps a replica's offset while its link is down; ROLE says -1 then. */
export function roleFromInfo(replication: InfoFields): RoleFacts {
  if (replication.get('role') === 'master') {
    return { role: 'master', offset: infoNumber(replication, 'master_repl_offset', 0) };
  }
  const heardSecondsAgo = infoNumber(replication, 'master_last_io_seconds_ago', -1);
  return {
    role: 'replica',
    offset: infoNumber(replication, 'slave_repl_offset', 0),
    follows: {
      node: formatNodeId(replication.get('master_host') ?? '', infoNumber(replication, 'master_port', 0)),
      linkUp: replication.get('master_link_status') === 'up',
      syncing: replication.get('master_sync_in_progress') === '1',
      ...(heardSecondsAgo < 0 ? {} : { heardMsAgo: heardSecondsAgo * 1_000 }),
    },
  };
}

/** Reads the lines `slave0:ip=10.0.0.2,port=6379,state=online,offset=12,lag=0` of a master's `INFO replication`. */
export function replicasFromInfo(replication: InfoFields): EngineFacts['replicas'] {
  const replicas: EngineFacts['replicas'][number][] = [];
  for (const [name, value] of replication) {
    if (!/^slave\d+$/.test(name)) continue;
    const fields = new Map(
      value.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
    replicas.push({
      node: formatNodeId(fields.get('ip') ?? '', infoNumber(fields, 'port', 0)),
      offset: infoNumber(fields, 'offset', 0),
    });
  }
  return replicas;
}
