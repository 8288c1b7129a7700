/** A status line; a plain string is a bulk. */
export class Status {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An error line, without the leading `-`. */
export class Refusal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The null of an array: of an EXEC that did not run, of a BLPOP that waited in vain. */
export const NULL_ARRAY = Symbol('null array');

/** A reply in RESP2. */
export type Answer = string | number | null | Status | Refusal | typeof NULL_ARRAY | readonly Answer[];

export const OK = new Status('OK');

export function encodeAnswer(answer: Answer): string {
  if (answer === null) return '$-1\r\n';
  if (answer === NULL_ARRAY) return '*-1\r\n';
  if (typeof answer === 'number') return `:${answer}\r\n`;
  if (typeof answer === 'string') return `$${Buffer.byteLength(answer)}\r\n${answer}\r\n`;
  if (answer instanceof Status) return `+${answer.text}\r\n`;
  if (answer instanceof Refusal) return `-${answer.text}\r\n`;
  return `*${answer.length}\r\n${answer.map(encodeAnswer).join('')}`;
}

/** A request as it stands in a replication stream. */
export function encodeWords(words: readonly string[]): string {
  return encodeAnswer(words);
}
