/** A decoded reply that keeps the letter of its type, RESP2 and RESP3; texts are latin1, so that bytes come back as they were. */
export interface ReplyTree {
  readonly type: string;
  /** The line, or the content of a bulk; the length of an aggregate; `null` of a null of RESP2. */
  readonly text: string;
  readonly items: readonly ReplyTree[];
  /** The nulls of RESP2, `$-1` and `*-1`. */
  readonly isNull?: true;
}

/** How many values follow for each unit of an aggregate's length. */
const VALUES_PER_UNIT: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2 };

const BULKS = new Set(['$', '=', '!']);

/** Decodes one whole reply, as the scanner has found it. Cold path only. */
export function readTree(frame: Buffer): ReplyTree {
  return read(frame, 0).tree;
}

/** The reply as a server would send it. */
export function encodeTree(tree: ReplyTree): Buffer {
  return Buffer.from(textOf(tree), 'latin1');
}

function read(bytes: Buffer, start: number): { readonly tree: ReplyTree; readonly end: number } {
  const lineEnd = bytes.indexOf('\r\n', start);
  const type = String.fromCharCode(bytes[start] ?? 0);
  const text = bytes.toString('latin1', start + 1, lineEnd);
  let at = lineEnd + 2;
  if ((BULKS.has(type) || type === '*') && text === '-1') {
    return { tree: { type, text: 'null', items: [], isNull: true }, end: at };
  }
  if (BULKS.has(type)) {
    const end = at + Number(text);
    return { tree: { type, text: bytes.toString('latin1', at, end), items: [] }, end: end + 2 };
  }
  const count = Number(text) * (VALUES_PER_UNIT[type] ?? 0);
  const items: ReplyTree[] = [];
  for (let item = 0; item < count; item++) {
    const { tree, end } = read(bytes, at);
    items.push(tree);
    at = end;
  }
  return { tree: { type, text, items }, end: at };
}

function textOf({ type, text, items, isNull }: ReplyTree): string {
  if (isNull === true) return `${type}-1\r\n`;
  if (BULKS.has(type)) return `${type}${text.length}\r\n${text}\r\n`;
  const perUnit = VALUES_PER_UNIT[type];
  if (perUnit === undefined) return `${type}${text}\r\n`;
  return `${type}${items.length / perUnit}\r\n${items.map(textOf).join('')}`;
}
