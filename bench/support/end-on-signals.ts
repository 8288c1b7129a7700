/** A terminal that interrupts, or whoever terminates, ends this process with the usual status; child processes end with it. */
export function endOnSignals(): void {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => process.exit(status));
  }
}
