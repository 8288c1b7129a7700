import { formatNodeId } from '../../config/node-address.js';
import { infoNumber, type InfoFields } from '../info-fields.js';
import type { EngineFacts } from './engine.js';

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
