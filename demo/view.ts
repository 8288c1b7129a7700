import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { LoadProgress } from '../bench/load/messages.js';
import { sparkline } from '../bench/support/charts.js';
import type { DemoSwitch } from './result.js';

/** Ten progress messages a second: the sparkline shows the last six seconds. */
const HISTORY = 60;

/** What is shown while the demo runs. */
export interface DemoView {
  /** A step of the set-up, or something that a reader should know. */
  say(text: string): void;
  progress(progress: LoadProgress): void;
  /** The state that Holdfast is in now. */
  state(text: string): void;
  switched(done: DemoSwitch, number: number, of: number): void;
  /** Ends the live part; what is printed afterwards stands below it. */
  end(): void;
}

/** A picture that is redrawn in place, for a terminal. */
export class LiveView implements DemoView {
  readonly #log = createLogUpdate(process.stdout);
  readonly #rates: number[] = [];
  #state = '';
  #phases = '';
  #last: LoadProgress | null = null;

  say(text: string): void {
    this.#log.clear();
    process.stdout.write(`${text}\n`);
    this.#draw();
  }

  progress(progress: LoadProgress): void {
    this.#rates.push(progress.setsPerSecond);
    if (this.#rates.length > HISTORY) this.#rates.shift();
    this.#last = progress;
    this.#draw();
  }

  state(text: string): void {
    if (text === this.#state) return;
    this.#state = text;
    this.#draw();
  }

  switched(done: DemoSwitch, number: number, of: number): void {
    this.#phases = phaseLine(done);
    this.say(switchLine(done, number, of));
  }

  end(): void {
    this.#log.clear();
    this.#log.done();
  }

  #draw(): void {
    const last = this.#last;
    if (last === null) return;
    const problems = last.errors + last.disconnects;
    const verdict = `${last.errors} errors, ${last.disconnects} disconnects`;
    this.#log(
      [
        '',
        `  ${pc.cyan(sparkline(this.#rates).padStart(HISTORY))}  ${String(last.setsPerSecond).padStart(6)} SET/s`,
        `  ${pc.bold(this.#state)}${this.#phases}`,
        `  ${last.acknowledgedWrites} writes acknowledged, longest wait just now ${last.maxWaitMs.toFixed(1)} ms, ${problems === 0 ? pc.green(verdict) : pc.red(verdict)}`,
      ].join('\n'),
    );
  }
}

/** A line for each thing that happens: for pipes, logs and `--json` (there on standard error). */
export class PlainView implements DemoView {
  readonly #out: NodeJS.WritableStream;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  progress(): void {}

  state(): void {}

  switched(done: DemoSwitch, number: number, of: number): void {
    this.say(switchLine(done, number, of));
  }

  end(): void {}
}

/** A switch is over before an eye sees it: its phases are shown until the next one. */
function phaseLine({ answer }: DemoSwitch): string {
  if (answer.outcome !== 'switched') return '';
  const phases = {
    drain: answer.drainUs,
    fence: answer.fenceUs,
    'catch up': answer.catchupUs,
    promote: answer.promoteUs,
    redirect: answer.redirectUs,
  };
  const shown = Object.entries(phases).map(([name, us]) => `${name} ${(us / 1000).toFixed(2)}`);
  return pc.dim(`   last switch, ms: ${shown.join(' → ')}`);
}

function switchLine({ from, to, answer, window }: DemoSwitch, number: number, of: number): string {
  const head = `${String(number).padStart(String(of).length)}/${of}  ${from} → ${to}`;
  if (answer.outcome !== 'switched') return pc.red(`${head}  ${answer.outcome} ${answer.sentence}`);
  const stall = `stall ${(answer.stallUs / 1000).toFixed(2)} ms`;
  return `${head}  ${pc.green(stall)}, longest write ${window.maxWaitMs.toFixed(2)} ms, ${answer.heldCommands} held`;
}
