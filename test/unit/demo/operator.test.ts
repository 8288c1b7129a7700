import t from 'tap';
import { switchoverAnswer } from '../../../bench/support/operator.js';

await t.test('the flat array of SWITCHOVER is read, numbers as numbers or as text', async (t) => {
  const reply = {
    id: 'x',
    outcome: 'switched',
    stall_us: 1_234,
    drain_us: '56',
    held_commands: 7,
    resync: ['127.0.0.1:1', 'partial', '127.0.0.1:2', 'full'],
    settled: 'yes',
    something_new: '1',
  };
  const answer = switchoverAnswer(Object.entries(reply).flat());
  t.match(answer, { outcome: 'switched', stallUs: 1_234, drainUs: 56, heldCommands: 7, settled: true });
  t.same(answer.resync, { '127.0.0.1:1': 'partial', '127.0.0.1:2': 'full' });
  t.equal(answer.promoteUs, 0);
});
