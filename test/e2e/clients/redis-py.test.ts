import { resolve } from 'node:path';
import t from 'tap';
import { startStage } from '../../support/stage.js';
import { workWhileMoving } from './support/application.js';
import { Companion } from './support/companion.js';
import { skipWithout } from './support/program.js';

/** Debian's own: its packages are of no use to a Python that comes first on PATH. */
const PYTHON = '/usr/bin/python3';
const PROGRAM = resolve('test/e2e/clients/support/redis_py.py');

interface Outcome {
  readonly errors: readonly string[];
  readonly counted: unknown;
  readonly stored: unknown;
  readonly jobs: boolean;
  readonly heard: boolean;
}

for (const [parser, module] of [
  ['PythonParser', 'redis'],
  ['HiredisParser', 'redis, hiredis'],
] as const) {
  const skip = skipWithout(PYTHON, '-c', `import ${module}`);
  void t.test(`redis-py with ${parser}, threads on a pool`, { skip }, async (t) => {
    const stage = await startStage(t, { replicas: 1 });
    const application = new Companion(PYTHON, [PROGRAM, String(stage.holdfast.port), parser]);
    await workWhileMoving(t, stage, 1, () => application.step());
    const { errors, counted, stored, jobs, heard } = (await application.finish()) as Outcome;
    t.same(errors, []);
    t.same(stored, counted, 'what was acknowledged is there, once');
    t.ok(jobs, 'each job went to one consumer');
    t.ok(heard, 'each message was heard once, in order');
  });
}
