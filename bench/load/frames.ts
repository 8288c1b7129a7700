import { KEYS_PER_CLIENT, MIN_VALUE_BYTES } from './settings.js';
import { OPERATION, type Operation } from './operation.js';

const CLIENT_DIGITS = 4;
const KEY_DIGITS = 3;
const SEQUENCE_DIGITS = 10;
const COLON = 0x3a;
const ZERO = 0x30;

/** Names of what one client writes; the read-back after the run asks for the same. */
export interface ClientKeys {
  readonly counter: string;
  readonly list: string;
  readonly values: readonly string[];
}

export function clientKeys(prefix: string, client: number): ClientKeys {
  const own = `${prefix}:${digits(client, CLIENT_DIGITS)}`;
  return {
    counter: `${own}:counter`,
    list: `${own}:list`,
    values: Array.from({ length: KEYS_PER_CLIENT }, (_, key) => `${own}:k${digits(key, KEY_DIGITS)}`),
  };
}

/** Who wrote a value, and as which of his writes. */
export interface ValueMark {
  readonly client: number;
  readonly key: number;
  readonly sequence: number;
}

/** @returns the mark at the start of a value (`0007:012:0000004711:xxx…`), or null when there is none. */
export function readMark(buffer: Uint8Array, start: number, end: number): ValueMark | null {
  if (end - start < MIN_VALUE_BYTES) return null;
  const keyAt = start + CLIENT_DIGITS + 1;
  const sequenceAt = keyAt + KEY_DIGITS + 1;
  const client = readDigits(buffer, start, CLIENT_DIGITS);
  const key = readDigits(buffer, keyAt, KEY_DIGITS);
  const sequence = readDigits(buffer, sequenceAt, SEQUENCE_DIGITS);
  if (client < 0 || key < 0 || sequence < 0 || buffer[sequenceAt + SEQUENCE_DIGITS] !== COLON) return null;
  return { client, key, sequence };
}

interface Template {
  readonly bytes: Buffer;
  /** Where the sequence number stands, or -1 for operations that carry none. */
  readonly sequenceAt: number;
}

/**
 * The requests of one client, encoded once. All that differs between two requests of a kind is a number of fixed width,
 * so sending one is a copy of a template and ten digits.
 */
export class ClientFrames {
  readonly #sets: readonly Template[];
  readonly #gets: readonly Template[];
  readonly #incr: Template;
  readonly #rpush: Template;

  /** @throws RangeError when `size` leaves no room for the mark. */
  constructor(prefix: string, client: number, size: number) {
    if (size < MIN_VALUE_BYTES) throw new RangeError(`a value needs ${MIN_VALUE_BYTES} bytes at least, not ${size}`);
    const keys = clientKeys(prefix, client);
    const sequence = digits(0, SEQUENCE_DIGITS);
    this.#sets = keys.values.map((name, key) => {
      const mark = `${digits(client, CLIENT_DIGITS)}:${digits(key, KEY_DIGITS)}:`;
      const value = `${mark}${sequence}:`.padEnd(size, 'holdfast');
      return template(['SET', name, value], -size - 2 + mark.length);
    });
    this.#gets = keys.values.map((name) => template(['GET', name]));
    this.#incr = template(['INCR', keys.counter]);
    this.#rpush = template(['RPUSH', keys.list, sequence], -SEQUENCE_DIGITS - 2);
  }

  /** Bytes that {@link write} will need. */
  byteLength(operation: Operation): number {
    return this.#template(operation, 0).bytes.length;
  }

  /** Puts one request into `target`. @returns where the next one starts. */
  write(target: Buffer, at: number, operation: Operation, key: number, sequence: number): number {
    const { bytes, sequenceAt } = this.#template(operation, key);
    bytes.copy(target, at);
    if (sequenceAt >= 0) writeDigits(target, at + sequenceAt, SEQUENCE_DIGITS, sequence);
    return at + bytes.length;
  }

  #template(operation: Operation, key: number): Template {
    if (operation === OPERATION.incr) return this.#incr;
    if (operation === OPERATION.rpush) return this.#rpush;
    const template = (operation === OPERATION.set ? this.#sets : this.#gets)[key];
    if (template === undefined) throw new RangeError(`a client has ${KEYS_PER_CLIENT} keys, there is no key ${key}`);
    return template;
  }
}

function template(args: readonly string[], sequenceFromEnd = 0): Template {
  const encoded = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  const bytes = Buffer.from(`*${args.length}\r\n${encoded.join('')}`);
  return { bytes, sequenceAt: sequenceFromEnd === 0 ? -1 : bytes.length + sequenceFromEnd };
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function writeDigits(target: Buffer, at: number, width: number, value: number): void {
  let rest = value;
  for (let index = at + width - 1; index >= at; index--) {
    target[index] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** @returns -1 when there is something else than digits. */
function readDigits(buffer: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = at; index < at + width; index++) {
    const digit = (buffer[index] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
