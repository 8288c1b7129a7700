/** The `name:value` lines of an INFO reply. */
export type InfoFields = ReadonlyMap<string, string>;

/** Reads an INFO reply; headings and empty lines are skipped. */
export function parseInfo(text: string): InfoFields {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** A field as a number; `otherwise` when it is missing or no number. */
export function infoNumber(fields: InfoFields, name: string, otherwise: number): number {
  const text = fields.get(name);
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? otherwise : value;
}
