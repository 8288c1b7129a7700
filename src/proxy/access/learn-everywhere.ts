import type { Shard } from '../shard.js';

/** A client may have changed on the master which commands there are, and whom it lets in: all processes ask again. */
export async function learnEverywhere(shard: Shard): Promise<void> {
  await Promise.all([shard.learnAgain(), shard.peers?.ask('learnAgain', null)]);
}
