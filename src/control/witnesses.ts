/** Somebody who is asked whom the owner of the roles names, and what is known from him. */
interface Witness<Source, View> {
  readonly source: Source;
  /** What he said last; he may be gone since. */
  view: View | null;
  /** Why he did not answer last time, else empty. Nobody waits for him then. */
  problem: string;
  asking: Promise<void> | null;
}

/** What a {@link Witnesses} asks for. */
export interface Testimony<Source, View> {
  ask(source: Source, timeoutMs: number): Promise<View>;
  /** What still holds of what was said by one who does not answer any more. */
  stale(view: View): View;
}

/** All who can be asked who the master is: each in each round, and one who hangs holds up nobody. */
export class Witnesses<Source, View> {
  readonly #witnesses: readonly Witness<Source, View>[];
  readonly #testimony: Testimony<Source, View>;

  constructor(sources: readonly Source[], testimony: Testimony<Source, View>) {
    this.#witnesses = sources.map((source) => ({ source, view: null, problem: '', asking: null }));
    this.#testimony = testimony;
  }

  /** Settles when all who answered last time have answered or failed. */
  async ask(timeoutMs: number): Promise<void> {
    const answers = this.#witnesses.map((witness) => {
      const isSilent = witness.problem !== '';
      // One question at a time: those to one who hangs must not pile up.
      witness.asking ??= this.#askOne(witness, timeoutMs).finally(() => {
        witness.asking = null;
      });
      return isSilent ? Promise.resolve() : witness.asking;
    });
    await Promise.all(answers);
  }

  /** What each has said last, of those who ever answered. */
  views(): readonly { readonly source: Source; readonly view: View }[] {
    return this.#witnesses.flatMap(({ source, view }) => (view === null ? [] : [{ source, view }]));
  }

  /** Why some did not answer last time. */
  problems(): readonly string[] {
    return this.#witnesses.flatMap(({ problem }) => (problem === '' ? [] : [problem]));
  }

  async #askOne(witness: Witness<Source, View>, timeoutMs: number): Promise<void> {
    try {
      witness.view = await this.#testimony.ask(witness.source, timeoutMs);
      witness.problem = '';
    } catch (error) {
      witness.problem = error instanceof Error ? error.message : String(error);
      if (witness.view !== null) witness.view = this.#testimony.stale(witness.view);
    }
  }
}
