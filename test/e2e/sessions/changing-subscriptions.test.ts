import t, { type Test } from 'tap';
import { startDelayedStage, type DelayedStage } from '../../support/delayed-stage.js';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { DELAY, throughHoldfast } from './support/listeners.js';

/**
 * Subscribes to a channel of its own, publishes there as somebody else as soon as it is confirmed, ends the subscription,
 * publishes once more, and begins anew: each message between the two confirmations must come, and none behind them.
 */
class Subscriber {
  rounds = 0;
  readonly problems: string[] = [];
  #stopped = false;
  readonly #run: Promise<void>;

  constructor(client: RawClient, publisher: RawClient, channel: string, resp: string) {
    this.#run = this.#subscribeAndLeave(client, publisher, channel, resp).catch((error: unknown) => {
      this.problems.push(String(error));
    });
  }

  static async start(t: Test, stage: DelayedStage, channel: string, resp: string): Promise<Subscriber> {
    const [client, publisher] = [await throughHoldfast(t, stage), await throughHoldfast(t, stage)];
    await client.call('HELLO', resp);
    return new Subscriber(client, publisher, channel, resp);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
  }

  async #subscribeAndLeave(client: RawClient, publisher: RawClient, channel: string, resp: string): Promise<void> {
    const kind = resp === '3' ? '>' : '*';
    while (!this.#stopped) {
      const [name, pattern] = [`${channel}:${this.rounds}`, `${channel}:*`];
      client.send(Buffer.concat([encodeCommand('SUBSCRIBE', name), encodeCommand('PSUBSCRIBE', pattern)]));
      this.#expect(
        await client.replies(2),
        `${confirmation(kind, 'subscribe', name, 1)}${confirmation(kind, 'psubscribe', pattern, 2)}`,
      );
      await publisher.call('PUBLISH', name, 'both');
      this.#expect(
        await client.replies(2),
        `${frame(kind, 'message', name, 'both')}${frame(kind, 'pmessage', pattern, name, 'both')}`,
      );
      client.send(encodeCommand('UNSUBSCRIBE', name));
      this.#expect(await client.replies(1), confirmation(kind, 'unsubscribe', name, 1));
      await publisher.call('PUBLISH', name, 'pattern');
      this.#expect(await client.replies(1), frame(kind, 'pmessage', pattern, name, 'pattern'));
      client.send(encodeCommand('PUNSUBSCRIBE'));
      this.#expect(await client.replies(1), confirmation(kind, 'punsubscribe', pattern, 0));
      await publisher.call('PUBLISH', name, 'nobody');
      client.send('ECHO nothing-between\r\n');
      this.#expect(await client.replies(1), '$15\r\nnothing-between\r\n');
      this.rounds++;
    }
  }

  #expect(bytes: Buffer, wanted: string): void {
    const text = bytes.toString('latin1');
    if (text !== wanted)
      throw new Error(`round ${this.rounds}: ${JSON.stringify(text)} instead of ${JSON.stringify(wanted)}`);
  }
}

function frame(kind: string, ...words: readonly string[]): string {
  return `${kind}${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

function confirmation(kind: string, verb: string, name: string, count: number): string {
  return `${frame(kind, verb, name).replace('2', '3')}:${count}\r\n`;
}

void t.test('subscriptions that begin and end while the master moves', async (t) => {
  const stage = await startDelayedStage(t, { ...DELAY, seed: 3 });
  const starting = ['2', '3', '2', '3', '2', '3'].map((resp, at) => Subscriber.start(t, stage, `c${at}`, resp));
  const subscribers = await Promise.all(starting);
  await switchRounds(t, stage, scaled(25, 300), () => Promise.resolve());
  await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
  t.same(
    subscribers.flatMap(({ problems }) => problems),
    [],
  );
  t.ok(
    subscribers.every(({ rounds }) => rounds > 3),
    subscribers.map(({ rounds }) => rounds).join(', '),
  );
});
