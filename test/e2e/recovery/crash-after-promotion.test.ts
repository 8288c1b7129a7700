import t from 'tap';
import { CrashStage, PATTERNS, type CrashPoint } from './support/crash-stage.js';

const DEMOTION = /replicaof\r\n\$\d+\r\n127/i;
const REWRITE = /\$7\r\nrewrite/i;

/** From the promotion on, the next start finishes. */
const POINTS: readonly CrashPoint[] = [
  { name: 'when the promotion is there', at: 'candidate', command: PATTERNS.PROMOTION, reached: true, promoted: true },
  {
    name: 'before the demotion is sent',
    at: 'old-master',
    command: DEMOTION,
    reached: false,
    afterPromotion: true,
    promoted: true,
  },
  {
    name: 'when the demotion is there',
    at: 'old-master',
    command: DEMOTION,
    reached: true,
    afterPromotion: true,
    promoted: true,
  },
  {
    name: 'before the roles are written, and nothing of the switch is on disk',
    at: 'old-master',
    command: REWRITE,
    reached: false,
    afterPromotion: true,
    stateStuck: true,
    promoted: true,
  },
];

void t.test('Holdfast dies after the promotion, at every step', async (t) => {
  const stage = await CrashStage.start(t);
  for (const point of POINTS) await stage.crash(point);
});
