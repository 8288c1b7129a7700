import type { Anomaly } from './verdict.js';

/**
 * Whether the promotion of a replica behind a dead master may do that: what the dead one had not replicated is as if it had never
 * been. What was taken from a queue, and the taking was lost, is taken twice.
 */
export function mayBeLost({ kind, key }: Anomaly): boolean {
  if (kind === 'doubled') return /(^| |:)queue/.test(key);
  return kind !== 'wrong-reply' && kind !== 'ran-though-refused' && kind !== 'unclean-error';
}
