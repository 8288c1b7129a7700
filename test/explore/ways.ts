/** Which state leads to which: whether an end can be reached from each of them. */
export class Ways {
  #from = new Uint32Array(1 << 16);
  #to = new Uint32Array(1 << 16);
  #count = 0;
  readonly #ends: number[] = [];

  add(from: number, to: number): void {
    if (this.#count === this.#from.length) {
      this.#from = doubled(this.#from);
      this.#to = doubled(this.#to);
    }
    this.#from[this.#count] = from;
    this.#to[this.#count] = to;
    this.#count += 1;
  }

  end(state: number): void {
    this.#ends.push(state);
  }

  /** The first of so many states from which no end can be reached; null: there is none. */
  firstAstray(states: number): number | null {
    // The ways that lead to each state, one state's behind the other's.
    const starts = new Uint32Array(states + 1);
    for (let at = 0; at < this.#count; at += 1)
      starts[(this.#to[at] ?? 0) + 1] = (starts[(this.#to[at] ?? 0) + 1] ?? 0) + 1;
    for (let state = 0; state < states; state += 1) starts[state + 1] = (starts[state + 1] ?? 0) + (starts[state] ?? 0);
    const filled = starts.slice();
    const leading = new Uint32Array(this.#count);
    for (let at = 0; at < this.#count; at += 1) {
      const to = this.#to[at] ?? 0;
      const slot = filled[to] ?? 0;
      leading[slot] = this.#from[at] ?? 0;
      filled[to] = slot + 1;
    }
    const reaches = new Uint8Array(states);
    const waiting = [...this.#ends];
    for (const end of waiting) reaches[end] = 1;
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      for (let at = starts[state] ?? 0; at < (starts[state + 1] ?? 0); at += 1) {
        const from = leading[at] ?? 0;
        if (reaches[from] === 1) continue;
        reaches[from] = 1;
        waiting.push(from);
      }
    }
    const astray = reaches.indexOf(0);
    return astray < 0 ? null : astray;
  }
}

function doubled(from: Uint32Array): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2);
  to.set(from);
  return to;
}
