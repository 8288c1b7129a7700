import { setTimeout as delay } from 'node:timers/promises';
import { decodeReply } from '../../../../src/resp/decode.js';
import type { RawClient } from '../../../support/raw-client.js';
import type { Stage } from '../../../support/stage.js';

/** Says again and again the same blocking command, as a worker of a queue does, and notes what it got. */
export class Consumer {
  readonly got: string[] = [];
  /** What no worker expects: errors, the end of the connection. */
  readonly complaints: string[] = [];
  readonly #client: RawClient;
  readonly words: readonly string[];
  readonly #elementsOf: (reply: unknown) => readonly string[];

  /** @param elementsOf what a reply delivers. */
  constructor(client: RawClient, words: readonly string[], elementsOf: (reply: unknown) => readonly string[]) {
    this.#client = client;
    this.words = words;
    this.#elementsOf = elementsOf;
  }

  /** Works until its connection ends. */
  start(): void {
    this.#work().catch((error: unknown) => this.complaints.push(String(error)));
  }

  async #work(): Promise<void> {
    for (;;) {
      const reply = decodeReply(Buffer.from(await this.#client.call(...this.words), 'latin1'));
      if (reply instanceof Error) this.complaints.push(reply.message);
      else this.got.push(...this.#elementsOf(reply));
    }
  }
}

/** `count` clients that each add one numbered element after the other, until they are told to stop. */
export class Producers {
  /** What the master has acknowledged. */
  readonly added: string[] = [];
  readonly complaints: string[] = [];
  #stopped = false;
  #done: Promise<unknown> = Promise.resolve();

  /** @param add adds one element and returns the reply. */
  async start(
    stage: Pick<Stage, 'holdfast'>,
    count: number,
    add: (client: RawClient, element: string) => Promise<string>,
  ): Promise<void> {
    const clients = await Promise.all(Array.from({ length: count }, () => stage.holdfast.client()));
    this.#done = Promise.all(clients.map((client, producer) => this.#produce(client, producer, add)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #produce(
    client: RawClient,
    producer: number,
    add: (client: RawClient, element: string) => Promise<string>,
  ): Promise<void> {
    for (let number = 0; !this.#stopped; number++) {
      const element = `${producer}-${number}`;
      const reply = await add(client, element);
      if (reply.startsWith('-')) this.complaints.push(reply);
      else this.added.push(element);
      // So that the consumers are faster: a queue that is never empty blocks nobody.
      await delay(5);
    }
    client.close();
  }
}

/** What is not there exactly once: lost ones and doubled ones. */
export function difference(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const each of wanted) counts.set(each, 0);
  for (const each of found) counts.set(each, (counts.get(each) ?? 99) + 1);
  return [...counts].filter(([, count]) => count !== 1).map(([each, count]) => `${each}: ${count} times`);
}
