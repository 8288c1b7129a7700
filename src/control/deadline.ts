/** What {@link within} gives instead of a result that did not come in time. */
export const TIMED_OUT = Symbol('timed out');

/** Waits for `promise`, but no longer than `timeoutMs`. What it does after that, failure included, is dropped. */
export function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(TIMED_OUT), timeoutMs);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
