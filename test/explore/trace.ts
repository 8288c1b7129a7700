import type { Effect } from '../../src/switchover/effects.js';
import { replay, type Violation } from './explorer.js';
import type { Explored } from './process-model.js';
import type { ModelNode, World } from './world.js';

/** The way to a broken promise: a line for each step, with what happened, where it led, and what was begun. */
export function traceOf({ laws, scenario }: Explored, budget: number, violation: Violation): string {
  const begun: Effect[][] = [];
  const lines: string[] = [];
  const recording: Explored = {
    scenario,
    laws: {
      ...laws,
      transition: (machine, event) => {
        const decided = laws.transition(machine, event);
        begun.push([...decided.effects]);
        return decided;
      },
    },
  };
  for (const [at] of violation.path.entries()) {
    begun.length = 0;
    const [successor] = replay(recording, budget, violation.path.slice(0, at + 1)).slice(-1);
    if (successor === undefined) continue;
    lines.push(`${String(at + 1).padStart(3)}. ${successor.label.padEnd(44)} ${describe(successor.world)}`);
  }
  return [...lines, `     → ${violation.promise}`].join('\n');
}

function describe({ nodes, writes, process, tick }: World): string {
  const { A, B, C } = nodes;
  const servers = `A ${server(A, tick)}  B ${server(B, tick)}  C ${server(C, tick)}`;
  const clients = `P ${writes.P}, H ${writes.H}, Y ${writes.Y}`;
  if (process === null) return `(not running)  ${servers}  ${clients}`;
  const gate = `${process.gateClosed ? 'shut' : 'open'} → ${process.master ?? 'nobody'}`;
  return `${process.machine.state.type.padEnd(11)} ${gate}  ${servers}  ${clients}`;
}

function server({ role, follows, log, pauseUntil, life, hole }: ModelNode, tick: number): string {
  const pause = pauseUntil > tick ? ` paused ${pauseUntil - tick}` : '';
  const trouble = `${life === 'up' ? '' : ` ${life}`}${hole === 'none' ? '' : ' black hole'}`;
  return `${role === 'master' ? 'master' : `of ${follows}`} "${log}"${pause}${trouble}`;
}
