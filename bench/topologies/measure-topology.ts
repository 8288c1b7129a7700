import { parseNodeId } from '../../src/config/node-address.js';
import { RawClient } from '../../test/support/raw-client.js';
import { ServeProcess } from '../../test/support/serve-process.js';
import { until } from '../../test/support/until.js';
import { WriteLoad } from '../../test/support/write-load.js';
import { Operator, type SwitchoverAnswer } from '../support/operator.js';
import { spread, type Spread } from '../support/quantile.js';
import { KEY_TAG, type EnvironmentKind } from './environments.js';
import { HostedEnvironment } from './hosted-environment.js';

/** What the switches of one environment came to. */
export interface TopologyResult {
  readonly name: string;
  readonly title: string;
  readonly switched: number;
  /** Gate closed to gate open. */
  readonly stallMs: Spread;
  /** Of it, the promotion: the order given until the candidate is a master. */
  readonly promoteMs: Spread;
  /** What was answered instead of `switched`, where that was not a wait for the owner of the roles. */
  readonly failed: readonly string[];
  /** Replies other than numbers, over all writers. */
  readonly errors: number;
  readonly acknowledged: number;
  /** Acknowledged increments that the last master does not have. */
  readonly lost: number;
  /** Increments that nobody asked for. */
  readonly doubled: number;
}

/** Writers, each with one INCR at a time. */
const WRITERS = 10;
/** Between two switches, acknowledged writes. */
const WRITES_BETWEEN = 500;
/** A Sentinel, a controller or a cluster ends what follows a failover before it begins another. */
const OWNER_BUSY =
  /^(?:REFUSED (?:owner-refuses|owner-disagrees|not-arranged|not-settled|link-down|wrong-topology|not-a-replica)|INPROGRESS)/;

export async function measureTopology(kind: EnvironmentKind, rounds: number): Promise<TopologyResult> {
  const environment = await HostedEnvironment.start(kind.name);
  const holdfast = await ServeProcess.start({
    nodes: environment.nodes,
    flags: [...environment.flags, '--log-level=error'],
  });
  const operator = await Operator.connect(`${holdfast.adminAddress.host}:${holdfast.adminAddress.port}`);
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, WRITERS, KEY_TAG);
  const answers: SwitchoverAnswer[] = [];
  const failed: string[] = [];
  let at = 0;
  for (let round = 0; round < rounds; round += 1) {
    await load.acknowledged(WRITES_BETWEEN);
    const to = environment.nodes[(at + 1) % environment.nodes.length] ?? '';
    const answer = await untilTaken(operator, to);
    if (answer.outcome === 'switched') {
      answers.push(answer);
      at = (at + 1) % environment.nodes.length;
    } else failed.push(`${answer.outcome} ${answer.sentence}`);
  }
  await load.acknowledged(WRITES_BETWEEN);
  operator.close();
  await holdfast.dispose();
  const ends = await load.ended();
  const verdict = await judge(load, environment.nodes[at] ?? '');
  await environment.dispose();
  return {
    name: kind.name,
    title: kind.title,
    switched: answers.length,
    stallMs: spread(answers.map(({ stallUs }) => stallUs / 1_000)),
    promoteMs: spread(answers.map(({ promoteUs }) => promoteUs / 1_000)),
    failed,
    errors: ends.filter((end) => !end.includes('the connection ended')).length,
    ...verdict,
  };
}

/** Asks again as long as whoever owns the roles is busy with what came before. */
function untilTaken(operator: Operator, to: string): Promise<SwitchoverAnswer> {
  let last: SwitchoverAnswer | null = null;
  return until('the switchover is taken', async () => {
    last = await operator.switchover(to);
    return OWNER_BUSY.test(last.outcome) ? undefined : last;
  }).catch((error: unknown) => {
    if (last === null) throw error;
    return last;
  });
}

/** At most the last increment of a writer may have run without an answer: its connection ended with Holdfast. */
async function judge(
  load: WriteLoad,
  master: string,
): Promise<Pick<TopologyResult, 'acknowledged' | 'lost' | 'doubled'>> {
  const address = parseNodeId(master);
  if (address === null) throw new Error(`not an address: ${master}`);
  const client = await RawClient.connect({ host: address.host, port: Number(address.port) });
  let [acknowledged, lost, doubled] = [0, 0, 0];
  for (const [key, count] of load.counters()) {
    const is = Number((await client.call('GET', key)).split('\r\n')[1]);
    acknowledged += count;
    lost += Math.max(0, count - is);
    doubled += Math.max(0, is - count - 1);
  }
  client.close();
  return { acknowledged, lost, doubled };
}
