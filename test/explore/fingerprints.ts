/**
 * The states that were met, by a fingerprint of 64 bits each, and how each was reached first. Two of 10 million different states
 * share a fingerprint with a probability of 3 in a million.
 */
export class Fingerprints {
  #high = new Uint32Array(1 << 16);
  #low = new Uint32Array(1 << 16);
  /** Number of the state, plus one; 0: free. */
  #numbers = new Uint32Array(1 << 16);
  #parents = new Uint32Array(1 << 16);
  #steps = new Uint16Array(1 << 16);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /**
   * Notes a state that was reached by the step number `step` from the state number `parent`.
   *
   * @returns its number, and whether it is new.
   */
  add(key: string, parent: number, step: number): { readonly number: number; readonly isNew: boolean } {
    if (this.#count * 2 >= this.#numbers.length) this.#grow();
    const [high, low] = hash(key);
    const slot = this.#slotOf(high, low);
    const known = this.#numbers[slot] ?? 0;
    if (known !== 0) return { number: known - 1, isNew: false };
    if (this.#count === this.#parents.length) {
      this.#parents = doubled(this.#parents, new Uint32Array(this.#count * 2));
      this.#steps = doubled(this.#steps, new Uint16Array(this.#count * 2));
    }
    const number = this.#count;
    this.#count += 1;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#numbers[slot] = number + 1;
    this.#parents[number] = parent;
    this.#steps[number] = step;
    return { number, isNew: true };
  }

  /** The steps from the first state to this one. */
  pathTo(number: number): readonly number[] {
    const path: number[] = [];
    for (let at = number; at !== 0; at = this.#parents[at] ?? 0) path.unshift(this.#steps[at] ?? 0);
    return path;
  }

  #slotOf(high: number, low: number): number {
    const mask = this.#numbers.length - 1;
    let slot = low & mask;
    while (this.#numbers[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [high, low, numbers] = [this.#high, this.#low, this.#numbers];
    const size = numbers.length * 2;
    this.#high = new Uint32Array(size);
    this.#low = new Uint32Array(size);
    this.#numbers = new Uint32Array(size);
    for (let at = 0; at < numbers.length; at += 1) {
      const number = numbers[at] ?? 0;
      if (number === 0) continue;
      const slot = this.#slotOf(high[at] ?? 0, low[at] ?? 0);
      this.#high[slot] = high[at] ?? 0;
      this.#low[slot] = low[at] ?? 0;
      this.#numbers[slot] = number;
    }
  }
}

function doubled<T extends Uint32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Two independent 32-bit hashes (cyrb53's two halves). */
function hash(key: string): readonly [number, number] {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return [b >>> 0, a >>> 0];
}
