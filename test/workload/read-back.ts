import type { Recorder } from '../history/recorder.js';
import { balancesOf, bankKeys } from './actors/bank.js';
import { tokenOf } from './big-value.js';
import { count, textOrNull, texts } from './replies.js';
import { Wire, type Reply, type Target } from './wire.js';

export type ReadAs = 'read' | 'count' | 'range' | 'remaining' | 'balances';

/** So many requests are under way at a time. */
const AT_ONCE = 200;
const PATIENCE_MS = 60_000;

/** Adds to the history what one server has at the end, read from it directly. Rejects when it does not answer. */
export async function readBack(
  recorder: Recorder,
  server: Target & { readonly id: string },
  keys: ReadonlyMap<string, ReadAs>,
): Promise<void> {
  const wire = await Wire.dial(server);
  try {
    const all = [...keys];
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const some = all.slice(at, at + AT_ONCE);
      await Promise.all(some.map(([key, kind]) => readOne(recorder, wire, { key, kind, by: `final ${server.id}` })));
    }
  } finally {
    wire.close();
  }
}

async function readOne(
  recorder: Recorder,
  wire: Wire,
  { key, kind, by }: { readonly key: string; readonly kind: ReadAs; readonly by: string },
): Promise<void> {
  const ask = async (...words: readonly string[]): Promise<Reply> => {
    const reply = await wire.send(words, PATIENCE_MS);
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const isFinal = { isFinal: true } as const;
  if (kind === 'count') recorder.begin(by, key, kind, null, isFinal).ok(count(await ask('GET', key)));
  else if (kind === 'balances') {
    const pending = recorder.begin(by, key, kind, null, isFinal);
    pending.ok(balancesOf(await ask('MGET', ...bankKeys(key))));
  } else if (kind === 'read') {
    const pending = recorder.begin(by, key, kind, null, isFinal);
    const isHash = /(^|:)hash:\d+$/.test(key);
    const value = textOrNull(await (isHash ? ask('HGET', key, 'field') : ask('GET', key)));
    pending.ok(/(^|:)big:\d+$/.test(key) ? tokenOf(value) : value);
  } else {
    const pending = recorder.begin(by, key, kind, null, isFinal);
    pending.ok(texts(await ask('LRANGE', key, '0', '-1')));
  }
}
