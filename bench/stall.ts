import { monotonicMs } from './load/monotonic.js';
import { stallOptions } from './stall/options.js';
import { stallText } from './stall/report.js';
import { expectedMs, runStall } from './stall/run-stall.js';
import { stallFiles, stallJson } from './stall/stall-files.js';
import { describeMachine, machineLines } from './support/machine.js';
import { saveReport } from './support/save-report.js';

/** How long writes stand still when the master moves: Holdfast beside the other ways to move it. */

const options = stallOptions();

// Child processes end with this one.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(status));
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const machine = describeMachine(['redis-server']);
for (const line of machineLines(machine)) say(line);
for (const { name, method } of options.contenders) say(`${name}: ${method}`);
say(`This takes about ${Math.ceil(expectedMs(options) / 60_000)} min.`);

const deadlineMs = monotonicMs() + options.limitMs;
const entries = await runStall({ ...options, deadlineMs, say });

process.stdout.write(options.json ? `${JSON.stringify(stallJson(entries, machine))}\n` : `\n${stallText(entries)}\n`);
if (options.save) say(`written to ${saveReport('stall', stallFiles(entries, machine))}`);
