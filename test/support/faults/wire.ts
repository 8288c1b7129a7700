import type { Socket } from 'node:net';
import type { SeededRandom } from '../../unit/resp/seeded-random.js';
import type { Conditions } from './conditions.js';
import { Pipe } from './pipe.js';

/** What a connection to a node is for, as its first words tell. */
export type WireKind = 'control' | 'replication' | 'data';

/** `up`: from whoever dialled to the server; `down`: what the server says. */
export type Direction = 'up' | 'down';

/** How the control connections of Holdfast introduce themselves. */
const CONTROL = /\bsetname\r\n\$8\r\nholdfast\r\n/i;
/** A replica's first words behind its PING. */
const REPLICATION = /\breplconf\b/i;

/** Where a connection is told apart by its words; a replica says PING first. */
const FIRST_WORDS_BYTES = 2_000;

/** Who listens to what is said on a wire. */
export interface WireEars {
  /** It is not what it was taken for. */
  readonly learned: (wire: Wire) => void;
  /** What the dialler of a control connection has sent; it travels on by `pass`. */
  readonly asked: (wire: Wire, text: string, pass: () => void) => void;
  /** What the server has said on a control connection; it travels on by `pass`. */
  readonly answered: (wire: Wire, text: string, pass: () => void) => void;
  readonly closed: (wire: Wire) => void;
}

/** One connection through a relay. */
export class Wire {
  readonly #sockets: Readonly<Record<'dialler' | 'server', Socket>>;
  readonly #pipes: Readonly<Record<Direction, Pipe>>;
  #firstWords = '';
  #kind: WireKind = 'data';
  #open = 2;

  /** @param server being dialled: what is written to it goes out when it is connected. */
  constructor(dialler: Socket, server: Socket, random: SeededRandom, ears: WireEars) {
    this.#sockets = { dialler, server };
    this.#pipes = { up: new Pipe(dialler, server, random), down: new Pipe(server, dialler, random) };
    dialler.on('data', (bytes: Buffer) => {
      if (this.#learn(bytes)) ears.learned(this);
      this.#hear('up', bytes, ears.asked);
    });
    server.on('data', (bytes: Buffer) => this.#hear('down', bytes, ears.answered));
    for (const socket of [dialler, server]) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        this.#open -= 1;
        if (this.#open > 0) return;
        this.#pipes.up.close();
        this.#pipes.down.close();
        ears.closed(this);
      });
    }
  }

  get kind(): WireKind {
    return this.#kind;
  }

  impose(direction: Direction, conditions: Conditions): void {
    this.#pipes[direction].impose(conditions);
  }

  /** Ends it for both sides as a firewall would. */
  reset(): void {
    this.#sockets.dialler.resetAndDestroy();
    this.#sockets.server.resetAndDestroy();
  }

  /** Says FIN to the receiver of that direction. */
  halfClose(direction: Direction): void {
    this.#pipes[direction].halfClose();
  }

  destroy(): void {
    this.#sockets.dialler.destroy();
    this.#sockets.server.destroy();
  }

  #hear(direction: Direction, bytes: Buffer, tell: WireEars['asked']): void {
    const pass = (): void => this.#pipes[direction].carry(bytes);
    // The words of applications are many, and nobody listens for them.
    if (this.#kind === 'control') tell(this, bytes.toString('latin1'), pass);
    else pass();
  }

  /** @returns whether it is now known to be something else. */
  #learn(bytes: Buffer): boolean {
    if (this.#kind !== 'data' || this.#firstWords.length > FIRST_WORDS_BYTES) return false;
    this.#firstWords += bytes.toString('latin1', 0, FIRST_WORDS_BYTES);
    if (CONTROL.test(this.#firstWords)) this.#kind = 'control';
    else if (REPLICATION.test(this.#firstWords)) this.#kind = 'replication';
    return this.kind !== 'data';
  }
}
