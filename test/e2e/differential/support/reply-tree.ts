import { readTree, type ReplyTree } from '../../../../src/resp/reply-tree.js';

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
