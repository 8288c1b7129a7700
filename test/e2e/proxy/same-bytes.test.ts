import t from 'tap';
import { CONVERSATION } from './support/conversation.js';
import { seededRandom, Twins, type Cut } from './support/twins.js';

t.test('a server behind Holdfast gives the same bytes as one without', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  let seed = 1;
  for (const resp of ['2', '3']) {
    for (const cut of ['alone', 'pipelined', 'at-random'] as const satisfies readonly Cut[]) {
      t.test(`RESP${resp}, ${cut}`, async (t) => {
        await twins.both('FLUSHALL');
        const pair = await twins.pair();
        if (resp === '3') await pair.same(t, ['HELLO', '3']);
        const said =
          resp === '2'
            ? CONVERSATION
            : CONVERSATION.filter((request) => request[0] !== 'HELLO' && request[0] !== 'RESET');
        await pair.converse(t, said, cut, seededRandom(seed++));
        pair.close();
      });
    }
  }
});
