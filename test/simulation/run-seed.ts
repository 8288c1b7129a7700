import { disturb, repairByHand } from './hand.js';
import { examine } from './examine.js';
import type { Findings } from './findings.js';
import type { Scenario } from './scenario.js';
import { Simulation } from './simulation.js';
import type { Trace } from './trace.js';
import { enter } from './world/replace-node.js';

/** Virtual time that is enough for whatever has to come to its end, ms: the longest bound of the settings, and some more. */
const PATIENCE_MS = 180_000;
/** A person looks so often whether there is no master at all. */
const PERSON_MS = 20_000;
/** A run that does more than this does not end. */
const MOST_EVENTS = 2_000_000;

/**
 * One run, from its seed alone:
 * 1. A shard and a Holdfast start. Applications begin when a master is served.
 * 2. Switches are ordered, things break and are repaired, at the times that the scenario says.
 * 3. When the applications have done their rounds, all must come to rest by itself: one master served, all nodes behind it,
 *    nobody held, every request answered.
 * 4. The Holdfast stops, and must leave nothing behind.
 */
export async function runSeed(scenario: Scenario, trace: Trace): Promise<Findings> {
  const simulation = new Simulation(scenario, trace);
  const { loop, network, holdfast } = simulation;
  enter({ loop, network });
  const broken: string[] = [];
  const wait = async (what: string, isThere: () => boolean): Promise<boolean> => {
    const deadline = loop.now + PATIENCE_MS;
    await loop.run(() => isThere() || loop.now > deadline || loop.events > MOST_EVENTS);
    if (isThere()) return true;
    broken.push(`${what} did not come about within ${PATIENCE_MS} ms: ${simulation.condition}`);
    return false;
  };
  const unhandled = (error: unknown): void =>
    void simulation.defects.push(
      `unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  process.on('unhandledRejection', unhandled);
  process.on('uncaughtException', unhandled);
  try {
    if (await wait('the first master', () => holdfast.atRest && simulation.shard.settled)) {
      begin(simulation);
      const isOver = (): boolean => simulation.quiet && simulation.holdfast.atRest && simulation.shard.settled;
      if (await wait('rest', isOver)) broken.push(...examine(simulation));
      simulation.hangUp();
      simulation.holdfast.stop();
      if (await wait('the end of Holdfast', () => simulation.holdfast.stopped))
        broken.push(...(await leftovers(simulation)));
    }
  } catch (error) {
    broken.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    process.off('unhandledRejection', unhandled);
    process.off('uncaughtException', unhandled);
    enter(null);
  }
  broken.push(...simulation.defects);
  return simulation.findings(broken);
}

function begin(simulation: Simulation): void {
  const { loop, hand, scenario, applications, shard } = simulation;
  for (const application of applications) application.start();
  for (const atMs of scenario.switchesAtMs) {
    loop.after(hand, atMs, 'order', () => {
      simulation.orderSwitch(loop.dice.chance(0.5) ? null : loop.dice.pick(shard.servers).address);
    });
  }
  for (const { fault, atMs, lastsMs } of scenario.faults) {
    loop.after(hand, atMs, fault, () => disturb(simulation, fault, lastsMs));
  }
  const lastMs = Math.max(...scenario.switchesAtMs, ...scenario.faults.map(({ atMs, lastsMs }) => atMs + lastsMs));
  loop.after(hand, lastMs + 1, 'all is repaired', () => simulation.repaired());
  const look = (): void => {
    simulation.byHand.push(...repairByHand(simulation));
    loop.after(hand, PERSON_MS, 'person looks', look);
  };
  loop.after(hand, lastMs + PERSON_MS, 'person looks', look);
}

/** Timers and connections that a Holdfast which has stopped still has. */
async function leftovers({ loop, holdfast }: Simulation): Promise<readonly string[]> {
  const { process, shard } = holdfast;
  const until = loop.now + 5000;
  loop.after(process, 5000, 'look', () => undefined);
  await loop.run(() => loop.now >= until);
  const left = [
    ...(process.timers.size > 0 ? [`${process.timers.size} timers`] : []),
    ...(process.sockets.size > 0 ? [`connections to ${[...process.sockets].map(({ remote }) => remote).join()}`] : []),
    ...((shard?.clients.size ?? 0) > 0 ? [`${shard?.clients.size} clients`] : []),
  ];
  return left.map((what) => `Holdfast has stopped and left ${what} behind`);
}
