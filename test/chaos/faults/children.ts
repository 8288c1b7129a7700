import { readFileSync } from 'node:fs';

/** The processes that this one has started and that still run, as `/proc` has them. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return text.split(' ').filter(Boolean).map(Number);
}
