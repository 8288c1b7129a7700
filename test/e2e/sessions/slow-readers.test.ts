import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { startLoadedStage } from './support/loaded-stage.js';

const ROUNDS = scaled(6, 50);
const VALUE = 'v'.repeat(1_000_000);
const REPLY = `$${VALUE.length}\r\n${VALUE}\r\n`;

/** How many replies of 1 MB are on their way to somebody who does not read: less and more than fits into all buffers. */
const REPLIES = [1, 12];

void t.test('replies that nobody reads while the master moves arrive whole and in order', async (t) => {
  const { stage, written, connect } = await startLoadedStage(t);
  await stage.client.call('SET', 'big', VALUE);
  const clients = await connect(REPLIES.length);
  const wrong: string[] = [];
  const read = async (round: number): Promise<void> => {
    for (const [at, client] of clients.entries()) {
      client.socket.resume();
      const count = REPLIES[at] ?? 0;
      const found = (await client.replies(count + 2)).toString('latin1');
      const own = `:${round}\r\n$${String(round).length}\r\n${round}\r\n`;
      if (found !== REPLY.repeat(count) + own) wrong.push(`${round}, ${count}: ${found.slice(-100)}`);
    }
  };
  await switchRounds(t, stage, ROUNDS, async (round) => {
    if (round > 0) await read(round);
    for (const [at, client] of clients.entries()) {
      client.socket.pause();
      const get = encodeCommand('GET', 'big');
      const own = [encodeCommand('INCR', `slow:${at}`), encodeCommand('GET', `slow:${at}`)];
      client.send(Buffer.concat([...Array.from({ length: REPLIES[at] ?? 0 }, () => get), ...own]));
    }
    await written();
  });
  await read(ROUNDS);
  t.same(wrong.slice(0, 3), []);
});
