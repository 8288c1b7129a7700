import { Application, type ApplicationOptions } from './application.js';
import type { Conversation, SimReply } from './conversation.js';
import { settle } from './outcome.js';

/** Writes to the master without a Holdfast in between: only the server's own pause holds it while the master moves. */
export class Bypass extends Application {
  readonly #master: () => string | null;

  constructor(options: ApplicationOptions, master: () => string | null) {
    super(options);
    this.#master = master;
  }

  protected override get address(): string {
    return this.#master() ?? super.address;
  }

  protected override round(conversation: Conversation, done: () => void): void {
    const element = this.unique();
    const pending = this.recorder.begin(this.name, 'db0 bypassed', 'append', { element });
    const replied = (reply: SimReply): void => {
      settle(pending, reply, Number);
      // The master is another one now.
      if (reply instanceof Error) conversation.end();
      done();
    };
    conversation.say([{ words: ['RPUSH', 'bypassed', element], replied }]);
  }
}
