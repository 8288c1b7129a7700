import { TopologyMonitor, type TopologyListener } from '../../../src/control/topology-monitor.js';
import type { ProbedNode } from '../../../src/control/node-probe.js';
import { NodeError, type NodeErrorKind, type NodeFacts } from '../../../src/switchover/ports.js';
import { ManualClock } from './manual-clock.js';
import { recordingLogger } from './recording-logger.js';

/** A node that answers what the test tells it to, now or (while it hangs) when the test says so. */
class ScriptedNode implements ProbedNode {
  readonly id: string;
  asked = 0;
  closed = false;
  #answer: NodeFacts | NodeError;
  #hanging: ((answer: NodeFacts | NodeError) => void)[] | null = null;

  constructor(answer: NodeFacts) {
    this.id = answer.node;
    this.#answer = answer;
  }

  says(answer: NodeFacts): void {
    this.#answer = answer;
  }

  fails(kind: NodeErrorKind, words: string, code = ''): void {
    this.#answer = new NodeError(this.id, kind, words, code);
  }

  hangs(): void {
    this.#hanging ??= [];
  }

  /** Every question that hangs is answered now. */
  answers(answer: NodeFacts | NodeError = this.#answer): void {
    const hanging = this.#hanging ?? [];
    this.#hanging = null;
    for (const resolve of hanging) resolve(answer);
  }

  async facts(): Promise<NodeFacts> {
    this.asked += 1;
    const hanging = this.#hanging;
    const answer =
      hanging === null ? this.#answer : await new Promise<NodeFacts | NodeError>((resolve) => hanging.push(resolve));
    if (answer instanceof NodeError) throw answer;
    return answer;
  }

  close(): void {
    this.closed = true;
  }
}

/** A monitor over scripted nodes, with everything that it said. */
export function watch(...answers: readonly NodeFacts[]) {
  const nodes = answers.map((answer) => new ScriptedNode(answer));
  const clock = new ManualClock();
  const log = recordingLogger();
  const said: unknown[][] = [];
  const listener: TopologyListener = {
    masterChanged: (master, problem) => said.push(['master', master, problem]),
    returned: () => undefined,
    problemChanged: (node, problem) => said.push(['problem', node, problem]),
  };
  const monitor = new TopologyMonitor({ nodes, source: null, listener, clock, log, intervalMs: 500, timeoutMs: 1000 });
  const node = (id: string): ScriptedNode => {
    const found = nodes.find((each) => each.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  };
  return { monitor, node, clock, log, said };
}

/** Lets everything run that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
