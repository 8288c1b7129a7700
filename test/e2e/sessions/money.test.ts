import t from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { seededRandom } from '../proxy/support/twins.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const ACCOUNTS = 10;
const START = 1000;
const PAYERS = 12;
const ROUNDS = scaled(25, 50);

const account = (number: number): string => `account:${number}`;

void t.test('money that transactions move is neither lost nor made, whoever is the master', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { holdfast, client } = stage;
  await client.call('MSET', ...Array.from({ length: ACCOUNTS }, (_, at) => [account(at), String(START)]).flat());
  const clients = await Promise.all(Array.from({ length: PAYERS + 1 }, () => holdfast.client()));
  t.teardown(() => clients.forEach((each) => each.close()));
  const [reader, ...payers] = clients;
  const surprises: string[] = [];
  const paid = payers.map(() => 0);
  let sums = 0;
  let running = true;
  const going = (): boolean => running && surprises.length === 0;

  const pay = async (payer: RawClient, index: number): Promise<void> => {
    const random = seededRandom(index + 1);
    const pick = (below: number): number => Math.floor(random() * below);
    for (let payment = 1; going(); payment++) {
      const amount = String(1 + pick(50));
      const words = [
        ['MULTI'],
        ['DECRBY', account(pick(ACCOUNTS)), amount],
        ['INCRBY', account(pick(ACCOUNTS)), amount],
        ['INCR', `payments:${index}`],
        ['EXEC'],
      ];
      // Word by word, or all in one write: then EXEC is on its way when the gate closes.
      const pipelined = index % 3 !== 0;
      if (pipelined) payer.send(Buffer.concat(words.map((each) => encodeCommand(...each))));
      let replies = '';
      for (const each of words) {
        replies += pipelined ? (await payer.replies(1)).toString('latin1') : await payer.call(...each);
      }
      const count = /^\+OK\r\n(?:\+QUEUED\r\n){3}\*3\r\n:-?\d+\r\n:-?\d+\r\n:(\d+)\r\n$/.exec(replies)?.[1];
      if (Number(count) === payment) paid[index] = payment;
      else surprises.push(`payment ${payment}: ${replies}`);
    }
  };
  const read = async (): Promise<void> => {
    while (reader !== undefined && going()) {
      await reader.call('MULTI');
      for (let at = 0; at < ACCOUNTS; at++) await reader.call('GET', account(at));
      const reply = await reader.call('EXEC');
      const sum = [...reply.matchAll(/\r\n(-?\d+)(?=\r\n)/g)].reduce((total, match) => total + Number(match[1]), 0);
      if (sum === ACCOUNTS * START) sums++;
      else surprises.push(`a sum of ${sum}: ${reply}`);
    }
  };
  const all = [read(), ...payers.map(pay)];

  const last = await switchRounds(t, stage, ROUNDS, async (round) => {
    await until('some payments and a sum', () => !going() || (Math.min(...paid) > round * 2 && sums > round));
  });
  running = false;
  await Promise.all(all);
  t.same(surprises, []);
  const counted = await Promise.all(paid.map((_, index) => last.send('GET', `payments:${index}`)));
  t.same(counted.map(Number), paid, 'each transaction ran once for each reply to its EXEC');
  const values = await Promise.all(Array.from({ length: ACCOUNTS }, (_, at) => last.send('GET', account(at))));
  t.equal(
    values.reduce((sum: number, value) => sum + Number(value), 0),
    ACCOUNTS * START,
  );
});
