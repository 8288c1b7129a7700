import type { Test } from 'tap';
import { scaled } from '../../../support/scale.js';
import type { Stage } from '../../../support/stage.js';
import { switchRounds } from '../../../support/switch-rounds.js';
import { until } from '../../../support/until.js';

/** How often the master moves under each application. */
const ROUNDS = scaled(10, 200);
/** Steps of an application between two switchovers, when they are single commands: enough for some to be under way in each. */
const STEPS_A_ROUND = 20;

/** Loops of an application, each of which does the same step again and again until it is told to stop or meets an error. */
class Application {
  /** Steps that have been done without an error. */
  steps = 0;
  readonly errors: string[] = [];
  readonly #loops: readonly Promise<void>[];
  #stopping = false;

  constructor(loops: number, step: (loop: number) => Promise<unknown>) {
    this.#loops = Array.from({ length: loops }, (_each, loop) => this.#run(loop, step));
  }

  /** Settles when that many more steps have been done, or an error makes it useless to wait for them. */
  async more(count: number): Promise<void> {
    const enough = this.steps + count;
    await until(`${enough} steps are done`, () => this.steps >= enough || this.errors.length > 0);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
  }

  async #run(loop: number, step: (loop: number) => Promise<unknown>): Promise<void> {
    while (!this.#stopping) {
      try {
        await step(loop);
        this.steps++;
      } catch (error) {
        this.errors.push(String(error));
        return;
      }
    }
  }
}

/** Lets an application work while the master moves round the nodes; no error may reach it. @returns the steps it did. */
export async function workWhileMoving(
  t: Test,
  stage: Stage,
  loops: number,
  step: (loop: number) => Promise<unknown>,
  stepsARound: number = STEPS_A_ROUND,
): Promise<number> {
  const application = new Application(loops, step);
  await switchRounds(t, stage, ROUNDS, () => application.more(stepsARound));
  await application.more(stepsARound);
  await application.stop();
  t.same(application.errors, [], 'no error reached the application');
  return application.steps;
}
