/** A map as RESP2 answers it: names and values in turn. */
export class Fields {
  readonly #values = new Map<string, unknown>();

  constructor(flat: readonly unknown[]) {
    for (let at = 0; at + 1 < flat.length; at += 2) this.#values.set(String(flat[at]), flat[at + 1]);
  }

  text(name: string): string {
    const value = this.#values.get(name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  list(name: string): readonly unknown[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? (value as readonly unknown[]) : [];
  }

  map(name: string): Readonly<Record<string, string>> {
    const flat = this.list(name);
    const entries: [string, string][] = [];
    for (let at = 0; at + 1 < flat.length; at += 2) entries.push([String(flat[at]), String(flat[at + 1])]);
    return Object.fromEntries(entries);
  }
}

/** Reads a reply as a map; what is none has no fields. */
export function fieldsOf(reply: unknown): Fields {
  return new Fields(Array.isArray(reply) ? (reply as readonly unknown[]) : []);
}
