import { setTimeout as delay } from 'node:timers/promises';
import { LoadProcess } from '../bench/load/load-process.js';
import { monotonicMs } from '../bench/load/monotonic.js';
import { DEFAULT_LOAD } from '../bench/load/settings.js';
import { Guard } from '../bench/support/guard.js';
import { HoldfastProcess } from '../bench/support/holdfast-process.js';
import { describeMachine } from '../bench/support/machine.js';
import { Operator } from '../bench/support/operator.js';
import type { NodeId } from '../src/config/node-address.js';
import { startShard, type Shard } from '../test/support/shard.js';
import type { DemoOptions } from './options.js';
import type { DemoResult, DemoSwitch } from './result.js';
import type { DemoView } from './view.js';

/** The load runs by itself for a moment before the first switch: just-in-time compilers and socket buffers warm up. */
const WARM_UP_MS = 2_000;

/** How often the view asks for the state; a switch is over sooner than that, settling is seen. */
const LOOK_AT_STATE_MS = 50;

/** What goes on round a switch belongs to it: writes that were held are acknowledged just after it. */
const MARGIN_MS = 50;

/**
 * 1. a master and two replicas; 2. Holdfast in front of them; 3. the load, through Holdfast; 4. the master moves round the
 * nodes, as often as asked; 5. the load ends and is judged against the master of the end. Whatever happens, all
 * processes are ended.
 */
export async function runDemo(options: DemoOptions, view: DemoView): Promise<DemoResult> {
  const machine = describeMachine(['redis-server']);
  view.say('Starting a master and two replicas …');
  const guard = await Guard.start();
  const shard = await startShard();
  guard.watch(...shard.servers.map((server) => server.pid));
  const closers: (() => Promise<void> | void)[] = [() => shard.dispose(), () => guard.release()];
  try {
    view.say(`Starting Holdfast in front of ${shard.ids.join(', ')} …`);
    const holdfast = await HoldfastProcess.start({ nodes: shard.ids });
    closers.unshift(() => holdfast.stop());
    guard.watch(holdfast.pid);
    const operator = await Operator.connect(holdfast.admin);
    closers.unshift(() => operator.close());
    view.say(
      `${options.connections} clients, ${options.rate} SET/s of ${options.size} bytes, with INCR, RPUSH and GET on top, through ${holdfast.listen}`,
    );
    const load = await LoadProcess.start({ ...DEFAULT_LOAD, ...loadOf(options), target: holdfast.listen });
    closers.unshift(() => load.stop());
    load.events.on('progress', (progress) => view.progress(progress));
    load.events.on('slower', (rate) => view.say(`This machine does not sustain that rate: going on at ${rate} SET/s.`));
    const watcher = watchState(holdfast.admin, view);
    closers.unshift(() => watcher());

    const switches = await switchRound(shard, { operator, load, options, view });
    const report = await load.finish(switches.at(-1)?.to ?? shard.master.id);
    return { machine, options, nodes: shard.ids, switches, load: report };
  } finally {
    view.end();
    for (const close of closers) await close();
  }
}

interface RoundParts {
  readonly operator: Operator;
  readonly load: LoadProcess;
  readonly options: DemoOptions;
  readonly view: DemoView;
}

/** The switches come at even distances; one that takes longer than that delays those after it. */
async function switchRound(
  shard: Shard,
  { operator, load, options, view }: RoundParts,
): Promise<readonly DemoSwitch[]> {
  const startedMs = monotonicMs();
  const everyMs = Math.max(0, options.duration * 1000 - WARM_UP_MS) / options.switchovers;
  const switches: DemoSwitch[] = [];
  let master = shard.master.id;
  for (let number = 1; number <= options.switchovers; number++) {
    await sleepUntil(startedMs + WARM_UP_MS + (number - 1) * everyMs);
    const to = nodeAfter(shard.ids, master);
    const fromMs = monotonicMs();
    const answer = await operator.switchover(to);
    await delay(MARGIN_MS);
    const done: DemoSwitch = { from: master, to, answer, window: await load.window(fromMs, monotonicMs()) };
    switches.push(done);
    view.switched(done, number, options.switchovers);
    if (answer.outcome === 'switched') master = to;
  }
  await sleepUntil(startedMs + options.duration * 1000);
  return switches;
}

function nodeAfter(nodes: readonly NodeId[], node: NodeId): NodeId {
  return nodes[(nodes.indexOf(node) + 1) % nodes.length] ?? node;
}

/** Shows Holdfast's state in the view, over a connection of its own: the operator's waits for its SWITCHOVER. */
function watchState(admin: NodeId, view: DemoView): () => Promise<void> {
  const stop = new AbortController();
  const watching = (async () => {
    const operator = await Operator.connect(admin);
    try {
      while (!stop.signal.aborted) {
        view.state(await operator.state());
        await delay(LOOK_AT_STATE_MS);
      }
    } finally {
      operator.close();
    }
  })();
  // It is for show: the demo is judged by what the clients see.
  const quiet = watching.catch(() => {});
  return () => {
    stop.abort();
    return quiet;
  };
}

async function sleepUntil(atMs: number): Promise<void> {
  await delay(Math.max(0, atMs - monotonicMs()));
}

function loadOf({ rate, size, connections }: DemoOptions): Pick<DemoOptions, 'rate' | 'size' | 'connections'> {
  return { rate, size, connections };
}
