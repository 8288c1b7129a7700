import t from 'tap';
import type { ClusterView } from '../../../../src/control/redis-cluster/cluster-view.js';
import { askVoters, type Voter } from '../../../../src/control/redis-cluster/voters.js';
import { NodeError } from '../../../../src/switchover/ports.js';

const master = (id: string, hasSlots = true): ClusterView['members'][number] => ({
  id,
  address: `${id}:1`,
  role: 'master',
  masterId: '',
  failing: false,
  configEpoch: 1,
  hasSlots,
  isMigrating: false,
});

const view: ClusterView = {
  myId: 'own',
  isOk: true,
  voteRequests: 0,
  nodeTimeoutMs: 1000,
  members: [master('own'), master('knows'), master('lags'), master('thinks'), master('hangs'), master('empty', false)],
};

const LINES: Readonly<Record<string, string>> = {
  'knows:1': 'candidate 10.0.0.9:7000@1 slave own 0 0 1 connected',
  'lags:1': 'candidate 10.0.0.9:7000@1 slave former 0 0 1 connected',
  'thinks:1': 'candidate 10.0.0.9:7000@1 master - 0 0 1 connected',
};

void t.test(
  'who would not vote for a candidate that it takes for something else is counted, the silent are not',
  async (t) => {
    const asked: string[] = [];
    let closed = 0;
    const dial = (address: string): Voter => ({
      id: address,
      ask: () => {
        asked.push(address);
        const line = LINES[address];
        return line === undefined
          ? Promise.reject(new NodeError(address, 'unknown', 'no answer'))
          : Promise.resolve([line]);
      },
      close: () => closed++,
    });
    t.same(await askVoters(view, 'candidate', dial, 100), { voters: 5, unaware: 2 });
    t.same(asked, ['knows:1', 'lags:1', 'thinks:1', 'hangs:1'], 'not the master itself, and nobody without a vote');
    t.equal(closed, 4);
  },
);
