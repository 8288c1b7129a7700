const CRLF = '\r\n';

/** A request as an array of bulks. */
export function encodeRequest(args: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}${CRLF}`)];
  for (const arg of args) {
    const bytes = typeof arg === 'string' ? Buffer.from(arg) : arg;
    parts.push(Buffer.from(`$${bytes.length}${CRLF}`), bytes, Buffer.from(CRLF));
  }
  return Buffer.concat(parts);
}

/** @param text in latin1, so that a client's own byte inside it comes back as it was. */
export function encodeError(text: string): Buffer {
  // An error is one line; a CR or LF inside would let its author write replies of his own (CVE-2025-67733).
  return Buffer.from(`-${text.replace(/[\r\n]/g, ' ')}${CRLF}`, 'latin1');
}

export function encodeStatus(text: string): Buffer {
  return Buffer.from(`+${text}${CRLF}`);
}

export function encodeInteger(value: number): Buffer {
  return Buffer.from(`:${value}${CRLF}`);
}

export function encodeBulk(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([Buffer.from(`$${bytes.length}${CRLF}`), bytes, Buffer.from(CRLF)]);
}

/** Text for people: a verbatim string in RESP3, a bulk in RESP2 (as Redis' `addReplyVerbatim`). */
export function encodeVerbatim(value: string, resp: 2 | 3): Buffer {
  if (resp === 2) return encodeBulk(value);
  const bytes = Buffer.from(`txt:${value}`);
  return Buffer.concat([Buffer.from(`=${bytes.length}${CRLF}`), bytes, Buffer.from(CRLF)]);
}

/** The null of a missing string. */
export function encodeNull(resp: 2 | 3): Buffer {
  return Buffer.from(resp === 2 ? '$-1\r\n' : '_\r\n');
}

/** The null of a missing array: what EXEC answers when a watched key changed. */
export function encodeNullArray(resp: 2 | 3): Buffer {
  return Buffer.from(resp === 2 ? '*-1\r\n' : '_\r\n');
}
