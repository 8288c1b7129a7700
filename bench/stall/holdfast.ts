import { HoldfastProcess } from '../support/holdfast-process.js';
import { Operator, type SwitchoverAnswer } from '../support/operator.js';
import type { StallContender, StallDetail } from './contender.js';

/** Clients talk to Holdfast; the operator says SWITCHOVER on its admin port. */
export const holdfastContender: StallContender = {
  name: 'holdfast',
  method: 'clients connect to `holdfast serve`, with its defaults; SWITCHOVER TO on the admin port',
  share: 1,
  aboutMs: 550,
  async prepare(shard) {
    const holdfast = await HoldfastProcess.start({ nodes: shard.ids });
    const operator = await Operator.connect(holdfast.admin);
    return {
      clients: { type: 'stay', target: await shard.network.reach(holdfast.listen) },
      async switchover(from, to) {
        const answer = await operator.switchover(to);
        if (answer.outcome === 'switched') return { outcome: 'switched', master: to, stall: detailOf(answer) };
        return { outcome: `${answer.outcome} ${answer.sentence}`, master: from, stall: null };
      },
      async close() {
        operator.close();
        await holdfast.stop();
      },
    };
  },
};

function detailOf(answer: SwitchoverAnswer): StallDetail {
  return {
    stallMs: answer.stallUs / 1000,
    predictedMs: answer.predictedStallUs / 1000,
    phasesMs: {
      drain: answer.drainUs / 1000,
      fence: answer.fenceUs / 1000,
      catchup: answer.catchupUs / 1000,
      promote: answer.promoteUs / 1000,
      redirect: answer.redirectUs / 1000,
    },
  };
}
