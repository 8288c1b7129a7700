/** Numbers that look random and are the same for the same seed (mulberry32), so that a failure can be looked at again. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  /** Text of up to `limit` - 1 bytes (latin1), with line ends and type bytes among them. */
  bytes(limit: number): string {
    let text = '';
    for (let left = this.below(limit); left > 0; left--) text += String.fromCharCode(this.pick(INTERESTING) ?? 0);
    return text;
  }

  /** `bytes` cut into pieces of random size, at least one byte each. */
  cut(bytes: Buffer, longest: number): Buffer[] {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + this.below(longest);
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    return pieces;
  }

  /** Valid traffic with one to three things wrong with it. */
  mutate(bytes: Buffer): Buffer {
    let mutated = bytes;
    for (let left = 1 + this.below(3); left > 0; left--) mutated = this.#mutateOnce(mutated);
    return mutated;
  }

  #mutateOnce(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    const other = this.below(bytes.length + 1);
    const byte = Buffer.from([this.pick(INTERESTING)]);
    switch (this.below(5)) {
      case 0: // replace
        return Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(at + 1)]);
      case 1: // insert
        return Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(at)]);
      case 2: // delete
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      case 3: // end early
        return bytes.subarray(0, at);
      default: // repeat a slice somewhere else
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(at, other), Math.max(at, other))]);
    }
  }
}

/** Every byte that means something in the protocol, and a few that do not. */
const INTERESTING: readonly number[] = [
  ...Buffer.from('\r\n\r\n\r\n*$+-:_#,(!=%~|>0123456789-19 aZ"\'\\x', 'latin1'),
  0,
  255,
];
