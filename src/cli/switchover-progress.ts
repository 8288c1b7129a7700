import { createLogUpdate } from 'log-update';
import type { AdminTarget } from '../config/load.js';
import { AdminClient } from './admin-client.js';
import { numberOf, textOf, toMap } from './reply-map.js';
import { showMicros } from './tables.js';
import { colorsFor, printLine, type Terminal } from './terminal.js';

/** Ends the watching and removes what is only of use while it runs. */
export interface SwitchoverProgress {
  stop(): Promise<void>;
}

/** States in which nothing is going on. */
const IDLE = new Set(['', 'serving']);

/**
 * Shows the states of a switch while it runs: on a terminal in one line that changes, elsewhere a line for each state.
 * STATUS is asked back to back, one at a time: states of a millisecond may be missed, and the report has the times.
 * Progress goes to standard error: standard output is for the answer.
 */
export async function watchSwitchover(target: AdminTarget, terminal: Terminal): Promise<SwitchoverProgress> {
  const client = await AdminClient.connect(target);
  let stopped = false;
  const show = terminal.stderr.isTTY ? liveLine(terminal) : stateLines(terminal);
  const watching = (async () => {
    while (!stopped) {
      const status = toMap(await client.call('STATUS'));
      show.update(textOf(status, 'state'), numberOf(status, 'stall_us'));
    }
  })().catch(() => {
    // Only the picture is lost; the answer to SWITCHOVER says what happened.
  });
  return {
    async stop() {
      stopped = true;
      await watching;
      client.close();
      show.end();
    },
  };
}

interface StateView {
  update(state: string, stallUs: number): void;
  end(): void;
}

function stateLines({ stderr }: Terminal): StateView {
  let last = '';
  return {
    update(state) {
      if (state !== last && !IDLE.has(state)) printLine(stderr, `${state} …`);
      last = state;
    },
    end() {},
  };
}

function liveLine({ stderr, environment }: Terminal): StateView {
  const log = createLogUpdate(stderr);
  const colors = colorsFor(stderr, environment);
  const seen: string[] = [];
  return {
    update(state, stallUs) {
      if (!IDLE.has(state) && seen.at(-1) !== state) seen.push(state);
      const held = stallUs > 0 ? colors.yellow(`  writes wait for ${showMicros(stallUs)}`) : '';
      log(`${seen.map((name, index) => (index === seen.length - 1 ? colors.bold(name) : name)).join(' → ')}${held}`);
    },
    end() {
      log.clear();
      log.done();
    },
  };
}
