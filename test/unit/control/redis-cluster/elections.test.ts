import t from 'tap';
import { Elections } from '../../../../src/control/redis-cluster/elections.js';

void t.test('a node asks for votes again only after four node time-outs, four seconds at least', async (t) => {
  const elections = new Elections();
  t.equal(elections.untilAskingMs('a', 15_000, 0), 0, 'nothing is known of it');
  elections.seen('a', 0, 100);
  t.equal(elections.untilAskingMs('a', 15_000, 100), 0, 'it has never asked');
  elections.seen('a', 6, 1000);
  t.equal(elections.untilAskingMs('a', 15_000, 1000), 60_000);
  t.equal(elections.untilAskingMs('a', 500, 1000), 4000);
  elections.seen('a', 6, 5000);
  t.equal(elections.untilAskingMs('a', 500, 5000), 0, 'the same number is no news');
  elections.seen('a', 12, 6000);
  t.equal(elections.untilAskingMs('a', 500, 6000), 4000);
  elections.seen('a', 0, 7000);
  t.equal(elections.untilAskingMs('a', 500, 7000), 0, 'a restart ends it');
});

void t.test('the others vote about one master once in two node time-outs', async (t) => {
  const elections = new Elections();
  t.equal(elections.untilVotedAboutMs('a', 1000, 0), 0);
  elections.votedOut('a', 100);
  t.equal(elections.untilVotedAboutMs('a', 1000, 1100), 1000);
  t.equal(elections.untilVotedAboutMs('a', 1000, 2100), 0);
  t.equal(elections.untilVotedAboutMs('b', 1000, 100), 0);
});
