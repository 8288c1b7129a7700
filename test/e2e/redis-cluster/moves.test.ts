import t from 'tap';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { startRedisCluster } from '../../support/redis-cluster.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';

const SWITCHOVERS = 10;
/** Its slot is one of the first shard's. */
const TAG = '{b}';

/** Reads one key in pipelines until it meets something that is no value. */
class ReadLoad {
  reads = 0;
  readonly #client: RawClient;
  readonly #key: string;
  readonly #run: Promise<string>;

  constructor(client: RawClient, key: string) {
    this.#client = client;
    this.#key = key;
    this.#run = this.#read();
  }

  /** @returns what ended it. */
  ended(): Promise<string> {
    return this.#run;
  }

  async #read(): Promise<string> {
    const request = encodeCommand('GET', this.#key);
    const pipeline = Buffer.concat(Array.from({ length: 20 }, () => request));
    let last = -1;
    for (;;) {
      this.#client.send(pipeline);
      let replies: string;
      try {
        replies = (await this.#client.replies(20)).toString('latin1');
      } catch (error) {
        return String(error);
      }
      for (const [, value = ''] of replies.matchAll(/\$\d+\r\n(\d+)\r\n/g)) {
        if (Number(value) < last) return `read ${value} after ${last}`;
        last = Number(value);
        this.reads++;
      }
      const error = /^-.*/m.exec(replies);
      if (error !== null) return error[0];
    }
  }
}

// As many nodes as elections can follow each other: a node asks for votes only once in four seconds.
const cluster = await startRedisCluster({ shards: [5, 1, 1], config: { 'cluster-node-timeout': '1000' } });
t.teardown(() => cluster.dispose());
const shard = cluster.first;

await t.test('the master of a shard of a Redis Cluster moves under load', async (t) => {
  const holdfast = await ServeProcess.start({
    nodes: shard.ids,
    flags: ['--topology=redis-cluster', '--preflight-timeout-ms=30000'],
  });
  t.teardown(() => holdfast.dispose());
  const target = { host: '127.0.0.1', port: holdfast.port };
  const load = await WriteLoad.start(target, 10, TAG);
  await load.acknowledged(10);
  const [counter = ''] = load.counters().keys();
  // Past Holdfast: what these were told is not lost either.
  const direct = await WriteLoad.start(shard.master.target, 4, TAG);
  const readers = await Promise.all([1, 2].map(async () => new ReadLoad(await RawClient.connect(target), counter)));

  for (let round = 1; round <= SWITCHOVERS; round++) {
    await load.acknowledged(100);
    const to = shard.ids[round % shard.ids.length] ?? '';
    const report = await until(`the cluster lets ${to} take over`, async () => {
      const how = await holdfast
        .fields('SWITCHOVER', 'TO', ...hostAndPort(to), 'SYNCTIMEOUT', '5000', 'PAUSETIMEOUT', '60000')
        .catch(String);
      if (typeof how !== 'string') return how;
      t.match(how, /REFUSED (not-arranged|owner-refuses) .*(asks again|vote about|not know it)/);
      return undefined;
    });
    t.equal(`${report.text('outcome')}, settled: ${report.text('settled')}`, 'switched, settled: yes');
  }
  await load.acknowledged(100);
  const last = shard.server(shard.ids[SWITCHOVERS % shard.ids.length] ?? '');
  t.equal((await last.info('replication')).get('role'), 'master');
  for (const end of await direct.ended()) t.match(end, /^-MOVED /);
  for (const [key, acknowledged] of direct.counters()) {
    t.equal(Number(await last.send('GET', key)), acknowledged, 'written past Holdfast');
  }
  await expectAllOnce(t, { holdfast, load, server: last });
  for (const reader of readers) {
    t.match(await reader.ended(), /the connection ended/, 'no read met an error or an older value');
    t.ok(reader.reads > 0);
  }
});
