/** One request: the words of a command (latin1; `{id:1}` and `{addr:1}` mean a client of the sequence), or bytes as they stand. */
export type Item = { readonly words: readonly string[] } | { readonly raw: string };

/** What one client says in one go; it is complete on both sides before the next step begins. */
export interface Say {
  readonly kind: 'say';
  readonly client: number;
  readonly items: readonly Item[];
  /** 0: in one piece; otherwise the seed of the places where the bytes are cut. */
  readonly cut: number;
}

/** The master behind Holdfast moves. */
export interface Move {
  readonly kind: 'move';
}

export type Step = Say | Move;

export interface Sequence {
  readonly seed: number;
  readonly clients: number;
  readonly steps: readonly Step[];
}

/** The lower-case name of the command of an item; subcommands as `client|list`, whether there is such a one or not. */
export function commandOf(item: Item, containers: ReadonlySet<string>): string {
  const words = 'words' in item ? item.words : item.raw.trim().split(/\s+/);
  const name = words[0]?.toLowerCase() ?? '';
  return containers.has(name) && words.length > 1 ? `${name}|${words[1]?.toLowerCase() ?? ''}` : name;
}

const MOST_WORDS = 12;

/** The words of an item for a report, long ones shortened. */
export function wordsForReading(item: Item): string {
  if ('raw' in item) return `raw ${JSON.stringify(shortened(item.raw))}`;
  const words = item.words.slice(0, MOST_WORDS).map((word) => {
    return /^[\w.:*{}-]+$/.test(word) ? shortened(word) : JSON.stringify(shortened(word));
  });
  const more = item.words.length - words.length;
  return `${words.join(' ')}${more > 0 ? ` … and ${more} more words` : ''}`;
}

function shortened(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 60)}… (${text.length} bytes)`;
}
