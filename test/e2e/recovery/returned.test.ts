import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ServeProcess } from '../../support/serve-process.js';
import type { ShardOptions } from '../../support/shard.js';
import { isOneShard, switched } from './support/returned.js';

async function lastNotes(holdfast: ServeProcess): Promise<string> {
  return JSON.stringify(await holdfast.admin('HISTORY', '1'));
}

void t.test('a former master that was restarted without its role follows again', async (t) => {
  const stage = await switched(t);
  const { shard, holdfast, client, candidate } = stage;
  for (let round = 1; round <= 3; round += 1) {
    await shard.master.restart();
    t.equal(await client.call('SET', 'round', String(round)), '+OK\r\n');
    await isOneShard(t, stage);
    t.match(await lastNotes(holdfast), /came back as a master while .* follows it again/);
    t.notMatch(await lastNotes(holdfast), /they are lost/, 'it had nothing of its own');
  }
  t.equal((await holdfast.fields('STATUS')).number('epoch'), 1, 'that is no switch');
  t.equal(await holdfast.refusal('SWITCHOVER'), '', 'and it can be the master again');
  t.match((await candidate.info('replication')).get('role'), 'slave');
});

/** How a former master comes back, and what can be said of a write that it then takes past Holdfast. */
const WRITTEN_TO: Record<string, { readonly options: ShardOptions; readonly isBare?: true; readonly said: RegExp }> = {
  'with a dump, which knows the stream': {
    options: {},
    said: /it has writes \(\d+ in its own measure\) that the master has not; they are lost/,
  },
  'with an append-only file, which does not': {
    options: { config: { appendonly: 'yes' } },
    said: /it may have writes that the master has not; they are lost/,
  },
  'with nothing, so that it counts nothing': {
    options: {},
    isBare: true,
    said: /it may have writes that the master has not; they are lost/,
  },
};

for (const [how, { options, isBare = false, said }] of Object.entries(WRITTEN_TO)) {
  void t.test(`one that came back ${how}, and took writes past Holdfast: what is lost is told`, async (t) => {
    const stage = await switched(t, [], options);
    const { shard, holdfast, candidate } = stage;
    await shard.master.send('SAVE');
    // Between its start and the next look of Holdfast; so it is held up.
    holdfast.signal('SIGSTOP');
    if (isBare) rmSync(join(shard.master.directory, 'dump.rdb'));
    await shard.master.restart();
    t.equal(await shard.master.send('SET', 'astray', '1'), 'OK');
    holdfast.signal('SIGCONT');
    await isOneShard(t, stage);
    t.equal(await candidate.send('EXISTS', 'astray'), 0);
    t.match(await lastNotes(holdfast), said);
    t.match(holdfast.log(), /a former master has writes that the master has not, and follows again/);
    t.equal(await holdfast.metric(`holdfast_diverged_total{node="${shard.master.id}"}`), 1);
  });
}
