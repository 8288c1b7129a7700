import { judge } from '../history/judge.js';
import { mayBeLost } from '../history/may-be-lost.js';
import type { Operation } from '../history/operation.js';
import type { Anomaly } from '../history/verdict.js';
import type { Simulation } from './simulation.js';

/** What is wrong, now that all has come to rest; a sentence each. */
export function examine(simulation: Simulation): readonly string[] {
  readBack(simulation);
  const { recorder, scenario, reports, shard } = simulation;
  const { anomalies } = judge(recorder.operations());
  const hasFailedOver = reports.some(({ kind }) => kind === 'failover');
  const movedByHand = scenario.faults.some(({ fault }) => fault === 'careful-human');
  const isAllowed = (each: Anomaly): boolean => (hasFailedOver && mayBeLost(each)) || (movedByHand && isUnheard(each));
  const broken = anomalies
    .filter((each) => !isAllowed(each))
    .map(({ kind, key, message, evidence }) => `${kind}: ${key}: ${message} (${evidence.map(timesOf).join(', ')})`);
  const isCalm = scenario.faults.length === 0;
  // Where two have changed the roles in the same moment, nobody may be left as the master until a person has repaired that.
  const mustSucceed = scenario.mustSucceed && simulation.byHand.length === 0;
  const errors = mustSucceed ? errorsThroughHoldfast(simulation) : [];
  if (errors.length > 0) broken.push(`nothing was broken, and clients were told ${errors.join(' and ')}`);
  if (isCalm) broken.push(...losses(recorder.operations()));
  for (const { outcome, sentence } of isCalm ? reports : []) {
    if (outcome !== 'switched' && outcome !== 'refused') broken.push(`nothing was broken, and a switch: ${sentence}`);
  }
  const [master] = shard.masters;
  for (const server of shard.servers) {
    if (server.keyspace.snapshot() !== master?.keyspace.snapshot()) broken.push(`${server.address} has other data`);
  }
  return [...broken, ...halfTransactions(simulation)];
}

function timesOf({ client, kind, start, end }: Operation): string {
  return `${client} ${kind} ${start.toFixed(3)} to ${end.toFixed(3)}`;
}

/** Who may have missed messages is disconnected. */
function losses(operations: readonly Operation[]): readonly string[] {
  const lost = operations.filter((each) => each.kind === 'unsubscribe' && each.argument.lost);
  return lost.map((each) => `nothing was broken, and a subscription ended (${timesOf(each)})`);
}

/** "When somebody else moves the master, messages of that moment may be missing or come twice" (README). */
function isUnheard({ kind, key }: Anomaly): boolean {
  return key === 'channel' && (kind === 'lost' || kind === 'doubled' || kind === 'out-of-order');
}

/** What a refused script is told by a node that is the master again by the time at which it is asked for its role. */
const REFUSED_SCRIPT = /^READONLY .* script: /;

/** Who bypasses it has to find the new master himself. */
function errorsThroughHoldfast({ recorder, scenario }: Simulation): readonly string[] {
  const errors = new Set<string>();
  const maySwing = scenario.faults.length > 1;
  for (const { client, outcome } of recorder.operations()) {
    if (outcome.type === 'ok' || client.startsWith('bypass')) continue;
    if (maySwing && outcome.type === 'refused' && REFUSED_SCRIPT.test(outcome.error)) continue;
    errors.add(`${outcome.type}: ${outcome.error}`);
  }
  return [...errors];
}

/** The end of the history: what the master has. */
function readBack({ recorder, shard }: Simulation): void {
  const [master] = shard.masters;
  if (master === undefined) return;
  const keys = new Map(recorder.operations().map(({ key, kind }) => [key, kind]));
  for (const [noted, kind] of keys) {
    const [db = '', key = ''] = noted.split(' ');
    const read = (command: string, ...args: readonly string[]): unknown =>
      master.keyspace.run(Number(db.slice(2)), command, [key, ...args]).answer;
    if (kind === 'increment') {
      recorder.begin('final', noted, 'count', null, { isFinal: true }).ok(Number(read('get') ?? 0));
    } else if (kind === 'append' || kind === 'range') {
      const elements = read('lrange', '0', '-1') as readonly string[];
      recorder.begin('final', noted, 'range', null, { isFinal: true }).ok(elements);
    } else if (kind === 'push' || kind === 'pop') {
      const elements = read('lrange', '0', '-1') as readonly string[];
      recorder.begin('final', noted, 'remaining', null, { isFinal: true }).ok(elements);
    } else if (kind === 'read' || kind === 'write' || kind === 'compare-and-swap') {
      recorder.begin('final', noted, 'read', null, { isFinal: true }).ok(read('get') as string | null);
    }
  }
}

/** What is changed in MULTI only must fit together. */
function halfTransactions({ shard, scenario }: Simulation): readonly string[] {
  const [master] = shard.masters;
  if (master === undefined || scenario.faults.length > 0) return [];
  const counted = Number(master.keyspace.run(0, 'get', ['both-counter']).answer ?? 0);
  const listed = Number(master.keyspace.run(0, 'llen', ['both-list']).answer);
  return counted === listed ? [] : [`half a transaction: counted ${counted}, listed ${listed}`];
}
