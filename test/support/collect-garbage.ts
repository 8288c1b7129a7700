import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** @returns what collects all garbage of this process at once; the work of a flag that Node can set late. */
export function collectorOfGarbage(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
