import { setImmediate as nextTurn } from 'node:timers/promises';
import { HoldfastInProcess, type InProcessOptions } from '../../../support/holdfast-in-process.js';
import { frameEnd } from '../../../support/frame-end.js';
import { encodeCommand, RawClient } from '../../../support/raw-client.js';
import { RedisServer, type RedisServerOptions } from '../../../support/redis-server.js';

/** The part of a tap test that is needed here. */
export interface Asserts {
  equal(found: unknown, wanted: unknown, message: string): boolean;
}

/** One request: the words of a command, or bytes that are sent as they stand. */
export type Request = readonly (string | Buffer)[] | Buffer;

/** How the bytes of a conversation are cut. `alone`: each request waits for its reply; `at-random`: anywhere at all. */
export type Cut = 'alone' | 'pipelined' | 'at-random';

/** Two equal servers, one of them behind Holdfast: whatever is said to both must get the same bytes from both. */
export class Twins {
  readonly direct: RedisServer;
  readonly behind: RedisServer;
  readonly holdfast: HoldfastInProcess;

  private constructor(direct: RedisServer, behind: RedisServer, holdfast: HoldfastInProcess) {
    this.direct = direct;
    this.behind = behind;
    this.holdfast = holdfast;
  }

  static async start(options: RedisServerOptions = {}, holdfastOptions: InProcessOptions = {}): Promise<Twins> {
    const [direct, behind] = await Promise.all([RedisServer.start(options), RedisServer.start(options)]);
    return new Twins(direct, behind, await HoldfastInProcess.start(behind.id, holdfastOptions));
  }

  async pair(): Promise<Pair> {
    const { host, port } = this.direct;
    const [direct, proxied] = await Promise.all([RawClient.connect({ host, port }), this.holdfast.client()]);
    return new Pair(direct, proxied);
  }

  /** Says the same to both servers themselves, behind Holdfast's back. */
  async both(...words: readonly string[]): Promise<void> {
    await Promise.all([this.direct.send(...words), this.behind.send(...words)]);
  }

  async stop(): Promise<void> {
    await this.holdfast.stop();
    await Promise.all([this.direct.dispose(), this.behind.dispose()]);
  }
}

/** A client of each twin; everything is said to both. */
export class Pair {
  readonly direct: RawClient;
  readonly proxied: RawClient;

  constructor(direct: RawClient, proxied: RawClient) {
    this.direct = direct;
    this.proxied = proxied;
  }

  /** Sends `words` to both and compares `replies` replies. @returns the reply of the direct server. */
  async same(t: Asserts, words: Request, replies = 1): Promise<string> {
    this.send(words);
    return this.sameReplies(t, replies, label(words));
  }

  send(request: Request): void {
    this.direct.send(encode(request));
    this.proxied.send(encode(request));
  }

  /** Takes the next `count` replies from both and compares them. */
  async sameReplies(t: Asserts, count: number, message: string): Promise<string> {
    const [direct, proxied] = await Promise.all([this.direct.replies(count), this.proxied.replies(count)]);
    t.equal(neutral(proxied), neutral(direct), message);
    return direct.toString('latin1');
  }

  /** Both servers have closed, and said the same before. */
  async sameEnd(t: Asserts, message: string): Promise<string> {
    const [direct, proxied] = await Promise.all([this.direct.ended(), this.proxied.ended()]);
    t.equal(neutral(proxied), neutral(direct), message);
    return direct.toString('latin1');
  }

  /** Has a whole conversation, one reply to each request. */
  async converse(t: Asserts, requests: readonly Request[], cut: Cut, random: () => number): Promise<void> {
    if (cut === 'alone') {
      for (const request of requests) await this.same(t, request);
      return;
    }
    const bytes = Buffer.concat(requests.map(encode));
    this.direct.send(bytes);
    if (cut === 'pipelined') this.proxied.send(bytes);
    else await sendInPieces(this.proxied, bytes, random);
    const [direct, proxied] = await Promise.all([
      this.direct.replies(requests.length),
      this.proxied.replies(requests.length),
    ]);
    const wanted = frames(direct);
    const found = frames(proxied);
    // One assertion for each difference and one for the whole: thousands of equal replies need no line each.
    for (const [at, request] of requests.entries()) {
      if (neutral(found[at]) !== neutral(wanted[at])) t.equal(neutral(found[at]), neutral(wanted[at]), label(request));
    }
    t.equal(found.length, wanted.length, `${requests.length} requests, ${cut}`);
  }

  close(): void {
    this.direct.close();
    this.proxied.close();
  }
}

/** Sends `bytes` in pieces of any length, each in a turn of its own. */
async function sendInPieces(client: RawClient, bytes: Buffer, random: () => number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const length = 1 + Math.floor(random() ** 3 * 400);
    client.send(bytes.subarray(at, at + length));
    at += length;
    await nextTurn();
  }
}

/** The same numbers in each run (mulberry32), so that a failure can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What must differ: HELLO tells the id of the connection. */
function neutral(bytes: Buffer | undefined): string {
  return (bytes ?? Buffer.from('nothing')).toString('latin1').replace(/(\$2\r\nid\r\n):\d+/, '$1:ID');
}

function frames(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = frameEnd(bytes, at);
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}

function encode(request: Request): Buffer {
  return Buffer.isBuffer(request) ? request : encodeCommand(...request);
}

function label(request: Request): string {
  const text = Buffer.isBuffer(request) ? request.toString('latin1') : request.map(String).join(' ');
  return JSON.stringify(text.slice(0, 120));
}
