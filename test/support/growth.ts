import { openDescriptors, PeakMemory } from './peak-memory.js';

const MIB = 1024 * 1024;

interface Sample {
  readonly at: number;
  readonly mib: number;
  readonly descriptors: number;
}

/** Whether a process grows with what it is made to do: samples of its memory and descriptors, and the lines through them. */
export class Growth {
  readonly #pid: number;
  readonly #memory: PeakMemory;
  readonly #samples: Sample[] = [];

  constructor(pid: number) {
    this.#pid = pid;
    this.#memory = new PeakMemory(pid);
  }

  /** @param at how much it has been made to do until now. */
  sample(at: number): void {
    this.#samples.push({ at, mib: this.#memory.now / MIB, descriptors: openDescriptors(this.#pid) });
  }

  /** The growth in a sentence, without the first half, in which caches and heaps find their size. @param what the unit of `at`. */
  line(what: string): string {
    const late = this.#samples.slice(this.#samples.length >> 1);
    const memory = slope(late.map(({ at, mib }) => [at, mib * 1024]));
    const descriptors = slope(late.map(({ at, descriptors: open }) => [at, open]));
    const range = (of: (sample: Sample) => number): string => {
      const all = this.#samples.map(of);
      return `${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)}`;
    };
    return (
      `${this.#samples.length} samples: memory ${range((each) => each.mib)} MiB, ${memory.toFixed(2)} KiB for each ${what}; ` +
      `descriptors ${range((each) => each.descriptors)}, ${descriptors.toFixed(4)} for each ${what}`
    );
  }
}

/** How steep the straight line through these points is that has the least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const meanOf = (which: 0 | 1): number => points.reduce((sum, point) => sum + point[which], 0) / points.length;
  const [meanX, meanY] = [meanOf(0), meanOf(1)];
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
