import t from 'tap';
import { CrashStage, PATTERNS, type CrashPoint } from './support/crash-stage.js';

const POINTS: readonly CrashPoint[] = [
  { name: 'when the pause is there', at: 'old-master', command: PATTERNS.PAUSE, reached: true, promoted: false },
  { name: 'when the promotion is there', at: 'candidate', command: PATTERNS.PROMOTION, reached: true, promoted: true },
];

void t.test('Holdfast with two workers dies in the middle', async (t) => {
  const stage = await CrashStage.start(t, '--workers=2');
  for (const point of POINTS) await stage.crash(point);
});
