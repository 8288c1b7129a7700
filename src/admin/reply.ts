/** RESP version that a client speaks. */
export type RespVersion = 2 | 3;

/** What an admin command answers. Plain strings are bulk strings, numbers are integers. */
export type Reply = string | number | null | readonly Reply[] | TaggedReply;

type TaggedReply =
  | { readonly kind: 'status'; readonly text: string }
  | { readonly kind: 'error'; readonly text: string }
  /** Text for people: a verbatim string in RESP3, so that redis-cli prints it as it is. */
  | { readonly kind: 'text'; readonly text: string }
  /** A map in RESP3, a flat array in RESP2; the order is kept. */
  | { readonly kind: 'map'; readonly entries: readonly MapEntry[] };

export type MapEntry = readonly [key: string, value: Reply];

export const OK: Reply = { kind: 'status', text: 'OK' };

export function status(text: string): Reply {
  return { kind: 'status', text };
}

/** `text` starts with the code (`ERR …`, `REFUSED …`). */
export function error(text: string): Reply {
  return { kind: 'error', text };
}

export function text(content: string): Reply {
  return { kind: 'text', text: content };
}

export function map(entries: readonly MapEntry[]): Reply {
  return { kind: 'map', entries };
}

/** Writes a reply in the client's RESP version. */
export function encodeReply(reply: Reply, resp: RespVersion): string {
  if (reply === null) return resp === 3 ? '_\r\n' : '$-1\r\n';
  if (typeof reply === 'string') return bulk(reply);
  if (typeof reply === 'number') return `:${wholeNumber(reply)}\r\n`;
  if (!('kind' in reply)) return `*${reply.length}\r\n${reply.map((item) => encodeReply(item, resp)).join('')}`;
  switch (reply.kind) {
    case 'status':
      return `+${oneLine(reply.text)}\r\n`;
    case 'error':
      return `-${oneLine(reply.text)}\r\n`;
    case 'text':
      // `txt:` is the verbatim string's format and counts in its length.
      return resp === 3 ? `=${Buffer.byteLength(reply.text) + 4}\r\ntxt:${reply.text}\r\n` : bulk(reply.text);
    case 'map':
      return encodeMap(reply.entries, resp);
  }
}

function encodeMap(entries: readonly MapEntry[], resp: RespVersion): string {
  const header = resp === 3 ? `%${entries.length}` : `*${entries.length * 2}`;
  return `${header}\r\n${entries.map(([key, value]) => bulk(key) + encodeReply(value, resp)).join('')}`;
}

function bulk(content: string): string {
  return `$${Buffer.byteLength(content)}\r\n${content}\r\n`;
}

// RESP integers have no fraction, exponent or infinity.
function wholeNumber(value: number): string {
  return Number.isFinite(value) ? BigInt(Math.round(value)).toString() : '0';
}

// A line break inside of an error or a status would start another reply (reply splitting, as in CVE-2025-67733).
function oneLine(content: string): string {
  return content.replaceAll(/[\r\n]+/g, ' ');
}
