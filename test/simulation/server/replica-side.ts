import Parser from 'redis-parser';
import type { Endpoint } from '../world/endpoint.js';
import { encodeWords } from './answer.js';
import type { SimServer } from './sim-server.js';

type LinkState = 'connect' | 'connecting' | 'sync' | 'connected';

/** Between two attempts to reach a master that does not answer, and between two acknowledgements, ms. */
const CRON_MS = 1000;
const LOAD_MS: readonly [number, number] = [1, 10];

/** How a replica follows its master: it dials, asks whether it may go on where it is, and applies what comes. */
export class ReplicaSide {
  readonly #server: SimServer;
  /** '': it is a master. */
  master = '';
  state: LinkState = 'connect';
  #link: Endpoint | null = null;
  /** What a full sync announced. */
  #announced: { readonly id: string; readonly offset: number } | null = null;
  #db = 0;
  /** Of a transaction of which not all has come; it counts when its EXEC is there. */
  #transaction: { readonly commands: (readonly string[])[]; bytes: string } | null = null;
  #attempt = 0;
  #loads = 0;

  constructor(server: SimServer) {
    this.#server = server;
  }

  follow(master: string): void {
    this.#disconnect();
    this.master = master;
    this.#dial();
  }

  leave(): void {
    this.#disconnect();
    this.master = '';
    this.#server.loading = false;
  }

  /** The process has died. */
  forget(): void {
    this.#attempt++;
    this.#link = null;
    this.#transaction = null;
    this.master = '';
    this.state = 'connect';
  }

  #disconnect(): void {
    this.#attempt++;
    this.#link?.close();
    this.#link = null;
    this.#announced = null;
    this.#transaction = null;
    this.state = 'connect';
  }

  #dial(): void {
    const { network, process } = this.#server;
    const link = network.connect(process, this.master);
    this.#link = link;
    this.state = 'connecting';
    const lost = (): void => this.#lost(link);
    const parser = new Parser({
      returnReply: (reply: unknown) => this.#onReply(reply),
      returnError: lost,
      returnFatalError: lost,
    });
    link.events = {
      opened: () => this.#ask(link),
      data: (bytes) => {
        if (this.#link === link) parser.execute(bytes);
      },
      ended: lost,
      failed: lost,
      taken: () => undefined,
    };
    link.reading = true;
  }

  #ask(link: Endpoint): void {
    const { stream, address } = this.#server;
    link.send(Buffer.from(encodeWords(['PSYNC', stream.id, String(stream.offset), address])));
    this.state = 'sync';
    this.#acknowledgeSoon(link);
  }

  #acknowledgeSoon(link: Endpoint): void {
    const { network, process, stream } = this.#server;
    network.loop.after(process, CRON_MS, 'repl ack', () => {
      if (this.#link !== link) return;
      if (this.state === 'connected') link.send(Buffer.from(encodeWords(['REPLCONF', 'ACK', String(stream.offset)])));
      this.#acknowledgeSoon(link);
    });
  }

  /** A master that was there is dialled again at once, one that can not be reached now and then. */
  #lost(link: Endpoint): void {
    if (this.#link !== link) return;
    const wasThere = this.state === 'connected';
    this.#disconnect();
    const attempt = this.#attempt;
    const { network, process } = this.#server;
    network.loop.after(process, wasThere ? 0 : CRON_MS, 'repl cron', () => {
      if (this.#attempt === attempt && this.master !== '') this.#dial();
    });
  }

  #onReply(reply: unknown): void {
    if (Array.isArray(reply)) this.#apply(reply.map(String));
    else if (this.#announced !== null) this.#load(String(reply), this.#announced);
    else this.#begin(String(reply).split(' '));
  }

  #begin([word, id = '', offset]: readonly string[]): void {
    if (word === 'FULLRESYNC') {
      this.#announced = { id, offset: Number(offset) };
      return;
    }
    this.#server.stream.adoptId(id);
    this.state = 'connected';
  }

  #load(snapshot: string, { id, offset }: { readonly id: string; readonly offset: number }): void {
    const { network, process, keyspace, stream } = this.#server;
    this.#announced = null;
    this.#server.loading = true;
    const load = ++this.#loads;
    keyspace.restore(snapshot);
    stream.replace(id, offset);
    this.state = 'connected';
    this.#db = 0;
    this.#server.replaced();
    network.loop.after(process, network.loop.dice.between(...LOAD_MS), 'loaded', () => {
      // Also when the link was lost meanwhile: what has been read whole is loaded.
      if (this.#loads === load) this.#server.loading = false;
    });
  }

  #apply(words: readonly string[]): void {
    const bytes = encodeWords(words);
    const [name = ''] = words;
    if (name === 'MULTI') {
      this.#transaction = { commands: [], bytes };
    } else if (this.#transaction !== null && name !== 'EXEC') {
      this.#transaction.commands.push(words);
      this.#transaction.bytes += bytes;
    } else {
      const { commands, bytes: before } = this.#transaction ?? { commands: [words], bytes: '' };
      this.#transaction = null;
      for (const each of commands) this.#run(each);
      this.#server.stream.feed(before + bytes);
    }
  }

  #run([word = '', ...args]: readonly string[]): void {
    const name = word.toLowerCase();
    const { keyspace } = this.#server;
    if (name === 'select') this.#db = Number(args[0]);
    else if (name === 'publish') tell(this.#server, args);
    else if (name !== 'ping') this.#server.touch(keyspace.run(this.#db, name, args).changed);
  }
}

/** Tells those who are subscribed on this server. @returns how many. */
export function tell(server: SimServer, [channel = '', message = '']: readonly string[]): number {
  let count = 0;
  for (const connection of server.connections) {
    if (!connection.channels.has(channel)) continue;
    connection.say(['message', channel, message]);
    count++;
  }
  return count;
}
