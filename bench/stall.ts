import { monotonicMs } from './load/monotonic.js';
import { stallOptions } from './stall/options.js';
import { stallText } from './stall/report.js';
import { expectedMs, runStall, takesPart } from './stall/run-stall.js';
import { publishStall } from './stall/publish.js';
import { stallJson } from './stall/stall-files.js';
import { endOnSignals } from './support/end-on-signals.js';
import { describeMachine, machineLines } from './support/machine.js';
import { isInstalled } from './support/program.js';

/** How long writes stand still when the master moves: Holdfast beside the other ways to move it. */

const options = stallOptions();

endOnSignals();

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const machine = describeMachine(['redis-server']);
for (const line of machineLines(machine)) say(line);
const { scenarios, limitMs } = options;
const wanted = options.contenders.filter((contender) => scenarios.some((scenario) => takesPart(contender, scenario)));
const contenders = wanted.filter(({ name, program }) => {
  if (program === undefined || isInstalled(program)) return true;
  say(`${name} is left out: ${program} is not installed.`);
  return false;
});
for (const { name, method } of contenders) say(`${name}: ${method}`);
say(`This takes about ${Math.ceil(expectedMs({ scenarios, contenders }) / 60_000)} min.`);

const entries = await runStall({ scenarios, contenders, deadlineMs: monotonicMs() + limitMs, say });

process.stdout.write(options.json ? `${JSON.stringify(stallJson(entries, machine))}\n` : `\n${stallText(entries)}\n`);
if (options.save) say(`written to ${publishStall(entries, machine)}`);
