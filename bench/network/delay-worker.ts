import { parseNodeId, type NodeId } from '../../src/config/node-address.js';
import { DelayRelay } from '../../test/support/delay-relay.js';
import { DelayLine } from './delay-line.js';

/** The relays, in a process of their own: what else goes on must not add to the delays. */

/** What the parent asks for: a relay to `target` that keeps everything back for `delayMs`, each way. */
export interface RelayRequest {
  readonly id: number;
  readonly target: NodeId;
  readonly delayMs: number;
}

export interface RelayAnswer {
  readonly id: number;
  readonly relay: NodeId;
}

const lines = new Map<number, DelayLine>();

async function open({ id, target, delayMs }: RelayRequest): Promise<void> {
  const address = parseNodeId(target);
  if (address === null) throw new Error(`not an address: ${target}`);
  const line = lines.get(delayMs) ?? new DelayLine(delayMs);
  lines.set(delayMs, line);
  const relay = await DelayRelay.start(address, () => (act) => line.later(act));
  process.send?.({ id, relay: relay.id } satisfies RelayAnswer);
}

process.on('message', (request: RelayRequest) => void open(request));
process.on('disconnect', () => process.exit(0));
// The parent decides what Ctrl-C means.
process.on('SIGINT', () => {});
