import { Shard } from '../src/proxy/shard.js';
import { Listener } from '../src/proxy/listener.js';
const log = { debug() {}, info: console.log, warn: console.log, error: console.log };
const shard = new Shard({ connectTimeoutMs: 1000, outageHoldMs: 5000, maxRequestBytes: 512e6, nodeAuth: null, now: () => performance.now(), log });
const l = new Listener(shard, 10000, log);
console.log(await l.listen({ host: '127.0.0.1', port: Number(process.argv[2]) }));
await shard.serve(process.argv[3] ?? '127.0.0.1:7777');
console.log('ready', shard.table.names().length);
