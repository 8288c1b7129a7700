import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import Table from 'cli-table3';
import { PeakMemory, NO_PEAK_MEMORY } from '../test/support/peak-memory.js';
import { RedisServer } from '../test/support/redis-server.js';
import { IdleClients, openFilesLimit } from './connections/idle-clients.js';
import { HoldfastProcess } from './support/holdfast-process.js';
import { integer } from './support/integer-option.js';
import { describeMachine, machineLines } from './support/machine.js';
import { saveResult } from './support/save-result.js';

/** What an idle connection costs: resident memory of `holdfast serve` for each, beside how many there are. */

interface ConnectionsOptions {
  readonly counts: readonly number[];
  readonly json: boolean;
  readonly save: boolean;
}

/** What the clients have said before they fall silent. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'one PING': ['PING'],
  'HELLO 3, SETNAME, SELECT, GET': ['HELLO 3', 'CLIENT SETNAME somebody', 'SELECT 1', 'GET none'],
  'SUBSCRIBE (an upstream of its own)': ['SUBSCRIBE channel'],
};

/** Files that Holdfast itself and the servers' control connections need. */
const SPARE_FILES = 200;
/** After this, what the opening itself left behind has mostly been collected. */
const SETTLE_MS = 2000;

const options = new Command('npm run bench:connections --')
  .description('Measures the memory of idle connections. Lists are written with commas.')
  .option('--counts <list>', 'connections', (text) => text.split(',').map(integer(1, 100_000)), [1_000, 10_000])
  .option('--json', 'print one JSON object on standard output', false)
  .option('--save', 'write the figures to bench/results/', false)
  .parse()
  .opts<ConnectionsOptions>();

const say = (text: string): void => void process.stderr.write(`${text}\n`);
if (NO_PEAK_MEMORY !== '') {
  say(NO_PEAK_MEMORY);
  process.exit(1);
}

const machine = describeMachine(['redis-server']);
for (const line of machineLines(machine)) say(line);

const figures: { kind: string; connections: number; bytesEach: number; rssBytes: number }[] = [];
for (const [kind, says] of Object.entries(KINDS)) {
  const filesEach = says[0]?.startsWith('SUBSCRIBE') === true ? 2 : 1;
  const counts = options.counts.filter((count) => {
    if (count * filesEach + SPARE_FILES <= openFilesLimit()) return true;
    say(`${count} of "${kind}" are left out: a process may open ${openFilesLimit()} files here (ulimit -n).`);
    return false;
  });
  for (const count of counts) {
    say(`${count} × ${kind}`);
    figures.push({ kind, connections: count, ...(await measure(count, says)) });
  }
}

/** A fresh Holdfast for each figure: what others left behind is not counted. */
async function measure(count: number, says: readonly string[]): Promise<{ bytesEach: number; rssBytes: number }> {
  const server = await RedisServer.start({ config: { maxclients: String(count + SPARE_FILES) } });
  const holdfast = await HoldfastProcess.start({
    nodes: [server.id],
    flags: [`--max-clients=${count + SPARE_FILES}`],
  });
  const clients = new IdleClients();
  try {
    const memory = new PeakMemory(holdfast.pid);
    const before = memory.now;
    const open = await clients.open(Number(holdfast.listen.split(':').at(-1)), count, says);
    if (open < count) throw new Error(`only ${open} of ${count} connections are open`);
    await delay(SETTLE_MS);
    return { bytesEach: Math.round((memory.now - before) / count), rssBytes: memory.now };
  } finally {
    await clients.close();
    await holdfast.stop();
    await server.dispose();
  }
}

const json = { machine, options, figures };
if (options.json) process.stdout.write(`${JSON.stringify(json)}\n`);
else {
  const table = new Table({
    head: ['said before', 'connections', 'KB each', 'all of Holdfast, MB'],
    style: { head: [], border: [] },
  });
  for (const { kind, connections, bytesEach, rssBytes } of figures) {
    table.push([kind, connections, (bytesEach / 1024).toFixed(1), Math.round(rssBytes / 2 ** 20)]);
  }
  process.stdout.write(`\n${table.toString()}\n`);
}
if (options.save) say(`written to ${saveResult('connections', json)}`);
