import t from 'tap';
import { CrashStage, PATTERNS, type CrashPoint } from './support/crash-stage.js';

const { PAUSE, PROMOTION } = PATTERNS;

/** Up to the promotion, the next start goes back to the old master. */
const POINTS: readonly CrashPoint[] = [
  { name: 'before the pause is sent', at: 'old-master', command: PAUSE, reached: false, promoted: false },
  { name: 'when the pause is there', at: 'old-master', command: PAUSE, reached: true, promoted: false },
  {
    name: 'when the promotion is sent, and arrives only later',
    at: 'candidate',
    command: PROMOTION,
    reached: false,
    late: true,
    promoted: false,
  },
  { name: 'before the promotion is sent', at: 'candidate', command: PROMOTION, reached: false, promoted: false },
  {
    name: 'in an abort, before the pause is ended',
    at: 'old-master',
    command: /\$7\r\nunpause/i,
    reached: false,
    aborts: true,
    promoted: false,
  },
];

void t.test('Holdfast dies before the promotion, at every step', async (t) => {
  const stage = await CrashStage.start(t);
  for (const point of POINTS) await stage.crash(point);
});
