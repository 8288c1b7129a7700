import { NodeError, type Clock, type RoleFacts } from '../../switchover/ports.js';

/*
 * When a Kvrocks replica can be promoted without a wait.
 *
 * `SLAVEOF NO ONE` joins the replication thread, which looks only every 100 ms whether it should end; everything on the node
 * waits with it. The phase of these ticks can be had: a link that breaks puts the thread to sleep for one second, and its timer
 * starts anew when it connects again (measured on a real Kvrocks: 1000.5 ms after the link was seen down, within 3 ms in 31 of
 * 32 trials). So:
 *
 * 1. The master ends the candidate's replication link. No client notices.
 * 2. The candidate is asked as fast as it answers until it says that its link is down: that moment lies between the last
 *    "up" that was asked for and the first "down" that was read.
 * 3. When the link is up again, and the candidate has what the master had then, the ticks are known for as long as two
 *    clocks keep together: some seconds.
 */

/** The nodes, as far as this wants them. */
export interface TickNode {
  readonly id: string;
  role(timeoutMs: number): Promise<RoleFacts>;
  masterOffset(timeoutMs: number): Promise<number>;
  /** Ends the replication link of a master to that replica (to all, where it can not be told apart); it comes back by itself. */
  dropReplica(replica: string, timeoutMs: number): Promise<void>;
}

/** A moment at which the replication thread ticks, monotonic ms, and how sure that is (± ms). */
export interface Tick {
  readonly atMs: number;
  readonly withinMs: number;
}

/** How often the thread looks whether it should end, ms. */
export const TICK_PERIOD_MS = 100;
/** From the break of the link to the first tick of the new timer, ms. */
const BREAK_TO_TICK_MS = 1000.5;
/** A link breaks at the thread's next tick; one that stands for so long was not ended, ms. */
const BREAKS_WITHIN_MS = 500;
/** The thread sleeps so long before it connects again, ms. Nothing is to be seen before. */
const SLEEP_MS = 1000;
/** Between two questions whether the link is up, ms: no moment hangs on it. */
const LOOK_AGAIN_MS = 5;

/**
 * Re-makes the candidate's link and learns its ticks. Settles when the candidate has caught up again.
 *
 * @returns null when the link was not seen to break: then nothing is known.
 * @throws {NodeError} when a node does not answer, or the candidate does not come back within `timeoutMs`.
 */
export async function findTick(from: TickNode, to: TickNode, clock: Clock, timeoutMs: number): Promise<Tick | null> {
  const until = clock.now() + timeoutMs;
  const leftMs = (): number => Math.max(1, Math.ceil(until - clock.now()));
  const droppedAt = clock.now();
  await from.dropReplica(to.id, leftMs());
  const brokeAt = await seeBreak(to, clock, droppedAt, leftMs);
  if (brokeAt !== null) await sleep(clock, brokeAt.atMs + SLEEP_MS - clock.now());
  const offset = await from.masterOffset(leftMs());
  while (!hasCaughtUp(await to.role(leftMs()), offset)) {
    if (clock.now() >= until) throw new NodeError(to.id, 'unknown', 'its link did not come up again in time');
    await sleep(clock, LOOK_AGAIN_MS);
  }
  return brokeAt === null ? null : { atMs: brokeAt.atMs + BREAK_TO_TICK_MS, withinMs: brokeAt.withinMs };
}

/** The middle of the time in which the link broke, and half of that time. */
async function seeBreak(to: TickNode, clock: Clock, droppedAt: number, leftMs: () => number): Promise<Tick | null> {
  const giveUpAt = clock.now() + BREAKS_WITHIN_MS;
  let lastUpAt = droppedAt;
  while (clock.now() < giveUpAt) {
    const askedAt = clock.now();
    const { follows } = await to.role(leftMs());
    const answeredAt = clock.now();
    if (follows?.linkUp === false) {
      return { atMs: (lastUpAt + answeredAt) / 2, withinMs: (answeredAt - lastUpAt) / 2 };
    }
    lastUpAt = askedAt;
  }
  return null;
}

function hasCaughtUp({ follows, offset }: RoleFacts, target: number): boolean {
  return follows?.linkUp === true && offset >= target;
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(Math.max(0, ms), resolve);
  });
}
