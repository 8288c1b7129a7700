import { Refusal } from './answer.js';
import type { ServerConnection } from './connection.js';
import { WAITED_IN_VAIN } from './keyspace.js';
import type { SimServer } from './sim-server.js';

const UNBLOCKED = new Refusal(
  'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
);

/** Calls that wait for an element: served in the order in which they came, behind the command that brought it. */
export class BlockedCalls {
  readonly #server: SimServer;
  readonly #waiting = new Set<ServerConnection>();
  readonly #ready = new Set<string>();

  constructor(server: SimServer) {
    this.#server = server;
  }

  /** BLPOP; answers when there is something. @param timeoutMs 0: it waits for ever. */
  pop(connection: ServerConnection, keys: readonly string[], timeoutMs: number): void {
    const found = keys.find((key) => this.#server.keyspace.hasElement(key));
    if (found !== undefined) {
      this.#take(connection, found);
      return;
    }
    const { loop } = this.#server.network;
    const timer =
      timeoutMs === 0
        ? null
        : loop.after(this.#server.process, timeoutMs, 'blpop ends', () => {
            this.leave(connection);
            connection.say(WAITED_IN_VAIN);
            this.#server.serve(connection);
          });
    connection.blocked = { keys, timer };
    this.#waiting.add(connection);
  }

  noteReady(key: string): void {
    this.#ready.add(key);
  }

  serveReady(): void {
    while (this.#ready.size > 0) {
      const keys = [...this.#ready];
      this.#ready.clear();
      for (const key of keys) this.#serve(key);
    }
  }

  /** CLIENT UNBLOCK. @returns whether it waited. */
  unblock(connection: ServerConnection): boolean {
    if (connection.blocked === null) return false;
    this.leave(connection);
    connection.say(WAITED_IN_VAIN);
    this.#server.serve(connection);
    return true;
  }

  leave(connection: ServerConnection): void {
    const timer = connection.blocked?.timer ?? null;
    if (timer !== null) this.#server.network.loop.cancel(timer);
    connection.blocked = null;
    this.#waiting.delete(connection);
  }

  /** The server is about to be a replica. */
  disconnectAll(): void {
    for (const connection of this.#waiting) {
      this.leave(connection);
      connection.say(UNBLOCKED);
      this.#server.end(connection);
    }
  }

  clear(): void {
    this.#waiting.clear();
    this.#ready.clear();
  }

  #serve(key: string): void {
    for (const connection of this.#waiting) {
      if (!this.#server.keyspace.hasElement(key)) return;
      if (connection.blocked?.keys.includes(key) !== true) continue;
      this.leave(connection);
      this.#take(connection, key);
      this.#server.serve(connection);
    }
  }

  #take(connection: ServerConnection, key: string): void {
    const slash = key.indexOf('/');
    const [db, name] = [Number(key.slice(0, slash)), key.slice(slash + 1)];
    const { answer, changed } = this.#server.keyspace.run(db, 'lpop', [name]);
    this.#server.touch(changed);
    this.#server.stream.write(db, [['LPOP', name]]);
    connection.say([name, answer]);
  }
}
