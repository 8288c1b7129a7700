import { Arena } from './arena.js';
import { readCommandDocs } from './command-docs.js';
import { generate } from './generate.js';
import { play, type Finding } from './player.js';
import { RequestMaker } from './request-maker.js';
import { describe, shrink } from './shrink.js';
import type { Sequence } from './sequence.js';

/** Shorter sequences are tried by the hundred, and what is missing is missing again. */
const SHRINKING_PATIENCE_MS = 200;

export interface Campaign {
  /** The seed of the first sequence; the next ones count on. */
  readonly from: number;
  readonly moving: boolean;
  /** Default: one for each identity. */
  readonly lanes?: number;
  /** Asked before each sequence. */
  readonly goOn: (played: number, found: number) => boolean;
  /** Told of each difference, as a text to read. */
  readonly onDifference: (text: string) => void;
}

/** Plays one sequence after the other. @returns how many. */
export async function runCampaign({ from, moving, lanes = 1, goOn, onDifference }: Campaign): Promise<number> {
  const arena = await Arena.start(moving, lanes);
  try {
    const maker = new RequestMaker(await readCommandDocs(arena.direct));
    const differs = (sequence: Sequence): Promise<Finding | null> =>
      play(arena, sequence, maker.containers, SHRINKING_PATIENCE_MS);
    let played = 0;
    let found = 0;
    for (; goOn(played, found); played++) {
      const sequence = generate(from + played, maker, moving);
      const finding = await play(arena, sequence, maker.containers).catch((error: unknown) => {
        throw new Error(`seed ${sequence.seed} could not be played`, { cause: error });
      });
      if (finding === null) continue;
      found++;
      onDifference(describe(await shrink(sequence, finding, differs)));
    }
    return played;
  } finally {
    await arena.stop();
  }
}
