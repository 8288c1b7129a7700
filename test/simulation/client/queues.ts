import { Application } from './application.js';
import type { Conversation, SimReply } from './conversation.js';
import { settle } from './outcome.js';

const QUEUE = 'queue';
const CHANNEL = 'channel';

/** Puts elements into the queue. */
export class Producer extends Application {
  protected override round(conversation: Conversation, done: () => void): void {
    const element = this.unique();
    const pending = this.recorder.begin(this.name, `db0 ${QUEUE}`, 'push', { element });
    const replied = (reply: SimReply): void => {
      settle(pending, reply, Number);
      done();
    };
    conversation.say([{ words: ['RPUSH', QUEUE, element], replied }]);
  }
}

/** Waits for elements of the queue. */
export class Consumer extends Application {
  protected override round(conversation: Conversation, done: () => void): void {
    const pending = this.recorder.begin(this.name, `db0 ${QUEUE}`, 'pop', null);
    const seconds = this.loop.dice.pick(['0.05', '0.3', '1']);
    const replied = (reply: SimReply): void => {
      settle(pending, reply, (popped) => (Array.isArray(popped) ? String((popped as readonly SimReply[])[1]) : null));
      done();
    };
    conversation.say([{ words: ['BLPOP', QUEUE, seconds], replied }]);
  }
}

/** Publishes messages. */
export class Publisher extends Application {
  protected override round(conversation: Conversation, done: () => void): void {
    const message = this.unique();
    const pending = this.recorder.begin(this.name, CHANNEL, 'publish', { message });
    const replied = (reply: SimReply): void => {
      settle(pending, reply, Number);
      done();
    };
    conversation.say([{ words: ['PUBLISH', CHANNEL, message], replied }]);
  }
}

/** Listens; subscribes anew when its connection has ended. */
export class Subscriber extends Application {
  #listens = false;

  protected override round(conversation: Conversation, done: () => void): void {
    if (this.#listens) {
      conversation.say([{ words: ['PING'], replied: () => done() }]);
      return;
    }
    const pending = this.recorder.begin(this.name, CHANNEL, 'subscribe', null);
    conversation.onMessage = ([, , message]) => {
      this.recorder.begin(this.name, CHANNEL, 'receive', { message: String(message) }).ok('OK');
    };
    const replied = (reply: SimReply): void => {
      settle(pending, reply, () => 'OK');
      this.#listens = Array.isArray(reply);
      done();
    };
    conversation.say([{ words: ['SUBSCRIBE', CHANNEL], replied }]);
  }

  protected override disconnected(): void {
    if (!this.#listens) return;
    this.#listens = false;
    this.recorder.begin(this.name, CHANNEL, 'unsubscribe', { lost: true }).ok('OK');
  }
}
