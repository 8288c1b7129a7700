import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { startLoadedStage } from './support/loaded-stage.js';

const ROUNDS = scaled(20, 50);

void t.test('a request cut at any byte: one part before a switchover, one behind it', async (t) => {
  const { stage, written, connect } = await startLoadedStage(t);
  const request = (key: string): Buffer =>
    Buffer.concat([encodeCommand('INCR', key), Buffer.from(`get ${key}\r\n`), encodeCommand('APPEND', key, '\r\n$1')]);
  const clients = await connect(request('cut:00').length + 1);
  const wrong: string[] = [];
  const finish = async (round: number): Promise<void> => {
    const wanted = `:${round}\r\n`;
    const rests = clients.map(async (client, cut) => {
      const key = `cut:${String(cut).padStart(2, '0')}`;
      client.send(request(key).subarray(cut));
      const replies = (await client.replies(3)).toString();
      if (replies !== `${wanted}$${String(round).length}\r\n${round}\r\n:${String(round).length + 4}\r\n`)
        wrong.push(`${cut}: ${replies}`);
      await client.call('SET', key, String(round));
    });
    await Promise.all(rests);
  };
  await switchRounds(t, stage, ROUNDS, async (round) => {
    if (round > 0) await finish(round);
    for (const [cut, client] of clients.entries()) {
      client.send(request(`cut:${String(cut).padStart(2, '0')}`).subarray(0, cut));
    }
    await written();
  });
  t.same(wrong.slice(0, 3), []);
});
