import type { Redis } from 'ioredis';
import { parseNodeId, type NodeId } from '../../src/config/node-address.js';
import { connectTo } from './node-client.js';

/** What `SWITCHOVER` on the admin port answered. Times in µs, as it gives them. */
export interface SwitchoverAnswer {
  /** `switched`, or the first words of the error: `REFUSED lagging`, `ABORTED catchup-timeout`. */
  readonly outcome: string;
  /** The sentence of an error, else empty. */
  readonly sentence: string;
  readonly stallUs: number;
  readonly predictedStallUs: number;
  readonly drainUs: number;
  readonly fenceUs: number;
  readonly catchupUs: number;
  readonly promoteUs: number;
  readonly redirectUs: number;
  readonly heldClients: number;
  readonly heldCommands: number;
  readonly resync: Readonly<Record<NodeId, string>>;
  readonly settled: boolean;
}

/** Gives the orders of an operator, over the admin port and with nothing but plain Redis commands. */
export class Operator {
  readonly #admin: Redis;

  private constructor(admin: Redis) {
    this.#admin = admin;
  }

  static async connect(admin: NodeId): Promise<Operator> {
    return new Operator(await connectTo(admin));
  }

  close(): void {
    this.#admin.disconnect();
  }

  /** Never rejects for what Holdfast answers; rejects when there is no answer at all. */
  async switchover(to: NodeId): Promise<SwitchoverAnswer> {
    const address = parseNodeId(to);
    if (address === null) throw new Error(`not an address: ${to}`);
    try {
      return switchoverAnswer(await this.#admin.call('SWITCHOVER', 'TO', address.host, String(address.port)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const refusal = /^((?:REFUSED|ABORTED|UNRESOLVED|INPROGRESS|ERR)(?: [a-z-]+(?= ))?)\s*(.*)$/s.exec(message);
      if (refusal === null) throw error;
      return { ...switchoverAnswer([]), outcome: refusal[1] ?? message, sentence: refusal[2] ?? '' };
    }
  }

  /** The state of the machine by name, for the live view. */
  async state(): Promise<string> {
    return fieldsOf(await this.#admin.call('STATUS')).text('state');
  }
}

/** Reads the flat array that RESP2 makes of the map; unknown fields are passed over, missing ones are 0 or empty. */
export function switchoverAnswer(reply: unknown): SwitchoverAnswer {
  const fields = fieldsOf(reply);
  return {
    outcome: fields.text('outcome'),
    sentence: '',
    stallUs: fields.number('stall_us'),
    predictedStallUs: fields.number('predicted_stall_us'),
    drainUs: fields.number('drain_us'),
    fenceUs: fields.number('fence_us'),
    catchupUs: fields.number('catchup_us'),
    promoteUs: fields.number('promote_us'),
    redirectUs: fields.number('redirect_us'),
    heldClients: fields.number('held_clients'),
    heldCommands: fields.number('held_commands'),
    resync: Object.fromEntries(fieldsOf(fields.value('resync')).entries()),
    settled: fields.text('settled') === 'yes',
  };
}

interface Fields {
  value(name: string): unknown;
  text(name: string): string;
  number(name: string): number;
  entries(): readonly (readonly [string, string])[];
}

function fieldsOf(reply: unknown): Fields {
  const flat: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const fields = new Map<string, unknown>();
  for (let index = 0; index + 1 < flat.length; index += 2) fields.set(String(flat[index]), flat[index + 1]);
  const text = (name: string): string => textOf(fields.get(name));
  return {
    value: (name) => fields.get(name),
    text,
    number: (name) => Number(text(name)) || 0,
    entries: () => [...fields].map(([name, value]) => [name, textOf(value)] as const),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
