import { HoldfastProcess } from '../support/holdfast-process.js';
import { Operator } from '../support/operator.js';
import type { StallContender } from './contender.js';

/** Clients talk to Holdfast; the operator says SWITCHOVER on its admin port. */
export const holdfastContender: StallContender = {
  name: 'holdfast',
  method: 'clients connect to `holdfast serve`, with its defaults; SWITCHOVER TO on the admin port',
  async prepare(shard) {
    const holdfast = await HoldfastProcess.start({ nodes: shard.ids });
    const operator = await Operator.connect(holdfast.admin);
    return {
      target: holdfast.listen,
      follow: false,
      pids: [holdfast.pid],
      async switchover(_from, to) {
        const { outcome, sentence, stallUs } = await operator.switchover(to);
        if (outcome !== 'switched') return { outcome: `${outcome} ${sentence}`, stallMs: null };
        return { outcome, stallMs: stallUs / 1000 };
      },
      async close() {
        operator.close();
        await holdfast.stop();
      },
    };
  },
};
