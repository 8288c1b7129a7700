import type { Operation } from '../operation.js';

/** What one key of an atomic server does, with its whole state as a string: equal states are equal strings. */
export interface Model {
  readonly initial: string;
  /**
   * Runs one operation.
   * @returns the state after it; `undefined` when an acknowledged one could not have been answered so. An open one may
   *   have had any answer.
   */
  apply(state: string, operation: Operation): string | undefined;
}
