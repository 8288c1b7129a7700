import type { Test } from 'tap';
import type { ServeProcess } from './serve-process.js';
import { hostAndPort } from './stage.js';

/** The part of a stage that is needed to move the master about. */
interface Movable<Server> {
  readonly holdfast: ServeProcess;
  readonly shard: { readonly ids: readonly string[]; server(id: string): Server };
}

/** On a busy machine a server may not run for a while; that aborts no switchover here. */
const PATIENCE = ['SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '60000'];

/**
 * Moves the master round the nodes `rounds` times, each time by SWITCHOVER, as an operator would; each must go well.
 *
 * @param between settles when the load has done enough for the next one to begin.
 * @returns the last master.
 */
export async function switchRounds<Server>(
  t: Test,
  stage: Movable<Server>,
  rounds: number,
  between: (round: number) => Promise<void>,
): Promise<Server> {
  const { holdfast, shard } = stage;
  let at = shard.ids.indexOf((await holdfast.fields('STATUS')).text('master'));
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    await between(round);
    at = (at + 1) % shard.ids.length;
    const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(shard.ids[at] ?? ''), ...PATIENCE);
    const how = `${answer.text('outcome')}, settled: ${answer.text('settled')}`;
    if (how !== 'switched, settled: yes') failures.push(`${round}: ${how}`);
  }
  t.same(failures, [], `${rounds} switchovers`);
  return shard.server(shard.ids[at] ?? '');
}
