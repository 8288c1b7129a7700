/** `npm run test:full` asks for the long form of the tests that `npm test` shortens. */
const FULL = process.env['HOLDFAST_TEST_FULL'] === '1';

/** How often, or how much: `usual` in `npm test`, `full` in `npm run test:full`. */
export function scaled(usual: number, full: number): number {
  return FULL ? full : usual;
}
