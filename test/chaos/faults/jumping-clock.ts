/**
 * Loaded into Holdfast before its own code (`--import`): SIGUSR2 makes the clock on the wall jump an hour ahead, or back again.
 * The monotonic clock goes on.
 */
const HOUR_MS = 3_600_000;

let aheadMs = 0;
process.on('SIGUSR2', () => {
  aheadMs = HOUR_MS - aheadMs;
});

const RealDate = Date;
const now = Date.now.bind(Date);
globalThis.Date = new Proxy(RealDate, {
  construct: (_target, args: readonly unknown[]) =>
    args.length === 0 ? new RealDate(now() + aheadMs) : (Reflect.construct(RealDate, args) as Date),
  get: (target, name, receiver) =>
    name === 'now' ? () => now() + aheadMs : (Reflect.get(target, name, receiver) as unknown),
});
