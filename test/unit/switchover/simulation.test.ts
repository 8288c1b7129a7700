import t from 'tap';
import { SimulatedWorld } from './simulated-world.js';

/** Enough that every pair of trouble and state comes up many times; a run costs a fraction of a millisecond. */
const RUNS = 4_000;
/** Far more than any run takes that does not go in circles. */
const STEPS_MAX = 5_000;

await t.test('whatever happens at whatever step, the promises hold', async (t) => {
  const ends = new Map<string, number>();
  const visited = new Set<string>();
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const world = new SimulatedWorld(seed);
    let steps = 0;
    while (steps < STEPS_MAX && world.step()) {
      visited.add(world.machine.state.type);
      steps += 1;
    }
    const [answer, second] = world.answers;
    const problems = [
      ...world.violations,
      ...(world.gateClosed ? ['the gate stays shut'] : []),
      ...(world.closings === world.openings ? [] : [`${world.closings} closings, ${world.openings} openings`]),
      // A hold that misses its beat is begun anew, four times at the most.
      ...(world.closings > 5 ? [`closed ${world.closings} times`] : []),
      ...(answer === undefined ? ['no answer'] : []),
      ...(second === undefined ? [] : ['answered twice']),
      ...(answer?.outcome === 'switched' && !world.promoted ? ['switched without a promotion'] : []),
      ...(answer?.outcome === 'aborted' && world.promoted ? ['aborted after a promotion'] : []),
    ];
    if (problems.length > 0) t.fail(`seed ${seed}`, { problems, history: world.history.slice(-40) });
    const end = `${answer?.outcome ?? 'none'} ${answer?.reason ?? ''}`;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  t.comment(Object.fromEntries(ends));
  for (const end of [
    'switched ',
    'aborted promotion-refused',
    'aborted promotion-did-not-happen',
    'aborted catchup-timeout',
  ]) {
    t.ok(ends.has(end), `some end as ${end}`);
  }
  t.ok(
    [...ends.keys()].some((end) => end.startsWith('unresolved')),
    'some stay unresolved',
  );
  t.ok(visited.size >= 13, `${visited.size} states were visited`);
});
