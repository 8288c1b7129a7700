import t from 'tap';
import { scaled } from '../../support/scale.js';
import { until } from '../../support/until.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { sendLines, startLoadedStage } from './support/loaded-stage.js';

const ROUNDS = scaled(25, 50);

void t.test('CLIENT REPLY OFF: no reply, no write lost or doubled, whatever the moment', async (t) => {
  const { stage, written, connect } = await startLoadedStage(t);
  const clients = await connect(4);
  const sent = clients.map(() => 0);
  let running = true;
  for (const [at, client] of clients.entries()) if (at % 2 === 1) await client.call('HELLO', '3');
  const work = clients.map(async (client, index) => {
    const looker = await stage.holdfast.client();
    sendLines(client, 'CLIENT REPLY OFF');
    while (running) {
      const before = sent[index] ?? 0;
      const lines = Array.from({ length: 20 }, (_, at) => {
        const push = `RPUSH silent:${index} ${before + at}`;
        return index < 2 ? [push] : ['MULTI', 'GET nope', push, 'EXEC'];
      });
      sent[index] = before + 20;
      sendLines(client, ...lines.flat());
      // Nobody says when it is done; so another connection looks.
      await until('most of it has arrived', async () => {
        const length = Number((await looker.call('LLEN', `silent:${index}`)).slice(1));
        return !running || length > before - 200;
      });
    }
    looker.close();
    sendLines(client, 'CLIENT REPLY ON', `LLEN silent:${index}`);
    t.equal((await client.replies(2)).toString(), `+OK\r\n:${sent[index]}\r\n`);
  });
  const last = await switchRounds(t, stage, ROUNDS, written);
  running = false;
  await Promise.all(work);
  for (const [index, count] of sent.entries()) {
    const list = await last.send('LRANGE', `silent:${index}`, '0', '-1');
    t.same(
      list,
      Array.from({ length: count }, (_, at) => String(at)),
    );
    t.equal(clients[index]?.received.length, 0);
  }
});

void t.test('an empty line is what CLIENT REPLY SKIP silences, also when the master moves in between', async (t) => {
  const { stage, connect } = await startLoadedStage(t);
  const [client] = await connect(1);
  if (client === undefined) return;
  for (const empty of ['\r\n', '*0\r\n']) {
    for (const moves of [false, true]) {
      sendLines(client, 'CLIENT REPLY SKIP');
      client.send(empty);
      if (moves) await switchRounds(t, stage, 1, () => Promise.resolve());
      sendLines(client, 'ECHO heard');
      t.equal((await client.replies(1)).toString(), '$5\r\nheard\r\n');
    }
  }
});

void t.test('CLIENT REPLY SKIP: the next command is silent, before a switchover and after it', async (t) => {
  const { stage, written, connect } = await startLoadedStage(t);
  const [apart, together] = await connect(2);
  if (apart === undefined || together === undefined) return;
  let pairs = 0;
  let running = true;
  const loop = (async () => {
    while (running) {
      sendLines(together, 'CLIENT REPLY SKIP', 'INCR together', 'GET together');
      pairs++;
      const reply = (await together.replies(1)).toString();
      if (reply !== `$${String(pairs).length}\r\n${pairs}\r\n`) t.fail(`GET together: ${reply}`);
    }
  })();
  await switchRounds(t, stage, ROUNDS, async (round) => {
    // What the SKIP of the round before silences comes only now.
    if (round > 0) sendLines(apart, 'INCR apart', 'GET apart');
    if (round > 0) t.equal((await apart.replies(1)).toString(), `$${String(round).length}\r\n${round}\r\n`);
    sendLines(apart, 'PING', 'CLIENT REPLY SKIP');
    t.equal((await apart.replies(1)).toString(), '+PONG\r\n');
    await written();
  });
  running = false;
  await loop;
  t.equal(apart.received.length + together.received.length, 0);
});
