import type { Test } from 'tap';
import type { ServeProcess } from '../../../support/serve-process.js';
import { until } from '../../../support/until.js';

/** Counts up through Holdfast, each step waited for until a replica has it (`WAIT 1`), until it is stopped. */
export class WaitLoad {
  /** The highest value that a replica has acknowledged, too. */
  safe = 0;
  /** The clean errors that were answered. */
  readonly errors = new Set<string>();
  readonly #run: Promise<void>;
  #stopped = false;

  private constructor(holdfast: ServeProcess) {
    this.#run = this.#write(holdfast);
  }

  static start(t: Test, holdfast: ServeProcess): WaitLoad {
    const load = new WaitLoad(holdfast);
    t.teardown(() => load.stop());
    return load;
  }

  /** Settles when so many more steps are safe. */
  async goesOn(more = 5): Promise<void> {
    const enough = this.safe + more;
    await until(`${enough} writes are safe`, () => this.safe >= enough);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
  }

  async #write(holdfast: ServeProcess): Promise<void> {
    const client = await holdfast.client();
    while (!this.#stopped) {
      const value = await client.call('INCR', 'counted');
      if (!value.startsWith(':')) {
        this.errors.add(value.split(' ')[0] ?? '');
        continue;
      }
      const copies = await client.call('WAIT', '1', '1000');
      if (copies.startsWith(':') && copies !== ':0\r\n') this.safe = Math.max(this.safe, Number(value.slice(1)));
    }
    client.close();
  }
}
