/** A decoded reply that keeps the letter of its type; texts are latin1. */
export interface ReplyTree {
  readonly type: string;
  /** The line, or the content of a bulk; the length of an aggregate. */
  readonly text: string;
  readonly items: readonly ReplyTree[];
}

/** How many values follow for each unit of an aggregate's length. */
const VALUES_PER_UNIT: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2 };

/** Decodes one whole reply. */
export function readTree(frame: Buffer): ReplyTree {
  return read(frame, 0).tree;
}

function read(bytes: Buffer, start: number): { readonly tree: ReplyTree; readonly end: number } {
  const lineEnd = bytes.indexOf('\r\n', start);
  const type = String.fromCharCode(bytes[start] ?? 0);
  const text = bytes.toString('latin1', start + 1, lineEnd);
  let at = lineEnd + 2;
  if (type === '$' || type === '=' || type === '!') {
    const length = Number(text);
    if (length < 0) return { tree: { type, text: 'null', items: [] }, end: at };
    return { tree: { type, text: bytes.toString('latin1', at, at + length), items: [] }, end: at + length + 2 };
  }
  const count = Math.max(Number(text), 0) * (VALUES_PER_UNIT[type] ?? 0);
  const items: ReplyTree[] = [];
  for (let item = 0; item < count; item++) {
    const { tree, end } = read(bytes, at);
    items.push(tree);
    at = end;
  }
  return { tree: { type, text, items }, end: at };
}

/** One line for each tree, equal for equal trees. */
export function treeKey(tree: ReplyTree): string {
  return `${tree.type}${JSON.stringify(tree.text)}${tree.items.length === 0 ? '' : `[${tree.items.map(treeKey).join(' ')}]`}`;
}

/** What a client receives without having asked. */
export function isPush(frame: Buffer): boolean {
  const start = frame.toString('latin1', 0, 40);
  return /^(>\d+|\*[34])\r\n\$\d+\r\n(message|pmessage|smessage|invalidate|tracking-redir-broken)\r\n/.test(start);
}

/**
 * A message that several patterns of a subscriber match comes once for each, in the order of a hash table: here in the
 * order of the patterns.
 */
export function inPatternOrder(frames: readonly Buffer[]): readonly Buffer[] {
  const ordered = [...frames];
  for (let from = 0; from < frames.length;) {
    const message = messageOfPattern(frames[from]);
    let to = from + 1;
    while (message !== null && to < frames.length && messageOfPattern(frames[to]) === message) to++;
    ordered.splice(from, to - from, ...frames.slice(from, to).toSorted((a, b) => Buffer.compare(a, b)));
    from = to;
  }
  return ordered;
}

/** The channel and the message of a `pmessage`; null for all else. */
function messageOfPattern(frame: Buffer | undefined): string | null {
  if (frame === undefined || !/^[>*]4\r\n\$8\r\npmessage\r\n/.test(frame.toString('latin1', 0, 20))) return null;
  const [, , channel, message] = readTree(frame).items;
  return `${channel?.text ?? ''} ${message?.text ?? ''}`;
}
