/** A map of the admin port as it comes over RESP2: a flat array of names and values. */
export type ReplyMap = ReadonlyMap<string, unknown>;

/** @throws TypeError when the reply is no map: then something else than Holdfast answers on that port. */
export function toMap(reply: unknown): ReplyMap {
  if (!Array.isArray(reply) || reply.length % 2 !== 0) throw new TypeError('the reply of the admin port is not a map');
  const map = new Map<string, unknown>();
  for (let index = 0; index < reply.length; index += 2) map.set(String(reply[index]), reply[index + 1] as unknown);
  return map;
}

/** A list of maps (NODES, HISTORY). */
export function toMaps(reply: unknown): readonly ReplyMap[] {
  if (!Array.isArray(reply)) throw new TypeError('the reply of the admin port is not a list');
  return reply.map(toMap);
}

export function textOf(map: ReplyMap, name: string): string {
  const value = map.get(name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function numberOf(map: ReplyMap, name: string): number {
  return Number(map.get(name) ?? 0);
}

/** A field that is a list of words. */
export function wordsOf(map: ReplyMap, name: string): readonly string[] {
  const value = map.get(name);
  return Array.isArray(value) ? value.map(String) : [];
}

/** A field that is a map of its own (`resync`, `unsettled`). */
export function entriesOf(map: ReplyMap, name: string): readonly (readonly [string, string])[] {
  const value = map.get(name);
  return Array.isArray(value) ? [...toMap(value)].map(([key, inner]) => [key, String(inner)]) : [];
}

/** Fields that are maps themselves; in RESP2 they look like lists. */
const NESTED = new Set(['resync', 'unsettled']);

/** The map as it is printed by `--json`: names and types as on the wire. */
export function toJson(map: ReplyMap): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...map].map(([name, value]) => [name, NESTED.has(name) ? Object.fromEntries(entriesOf(map, name)) : value]),
  );
}
