import type { SeededRandom } from './seeded-random.js';

/** How deep generated replies nest. */
const DEEPEST = 4;

/** One request of one to six arguments, as a client writes it, and its arguments. */
export function randomRequest(random: SeededRandom): { readonly text: string; readonly args: readonly string[] } {
  const args = Array.from({ length: 1 + random.below(6) }, () => random.bytes(random.pick([4, 4, 12, 40, 1200])));
  return { text: `*${args.length}\r\n${args.map(bulk).join('')}`, args };
}

/** One reply, every type of RESP2 among them. */
export function randomResp2(random: SeededRandom, depth = 0): string {
  switch (random.below(depth < DEEPEST ? 8 : 6)) {
    case 0:
      return `+${line(random)}\r\n`;
    case 1:
      return `-ERR ${line(random)}\r\n`;
    case 2:
      return `:${random.pick(['', '-'])}${random.below(1e9)}\r\n`;
    case 3:
      return random.pick(['$-1\r\n', '*-1\r\n', '*0\r\n', '$0\r\n\r\n']);
    case 4:
    case 5:
      return bulk(random.bytes(random.pick([2, 8, 120])));
    default:
      return aggregate('*', random, 1, (inner) => randomResp2(inner, depth + 1));
  }
}

/** One reply, every type of RESP3 among them, attributes included. */
export function randomResp3(random: SeededRandom, depth = 0): string {
  const inside = (inner: SeededRandom): string => randomResp3(inner, depth + 1);
  switch (random.below(depth < DEEPEST ? 16 : 8)) {
    case 0:
      return '_\r\n';
    case 1:
      return random.pick(['#t\r\n', '#f\r\n']);
    case 2:
      return `,${random.pick(['1.5', 'inf', '-inf', 'nan', '1e-7'])}\r\n`;
    case 3:
      return `(${'7'.repeat(1 + random.below(40))}\r\n`;
    case 4:
      return `=${bulk(`txt:${random.bytes(30)}`).slice(1)}`;
    case 5:
      return `!${bulk(`ERR ${random.bytes(30)}`).slice(1)}`;
    case 8:
      return aggregate('%', random, 2, inside);
    case 9:
      return aggregate('~', random, 1, inside);
    case 10:
      return aggregate('>', random, 1, inside);
    case 11:
      return aggregate('|', random, 2, inside) + inside(random);
    case 12:
      return aggregate('*', random, 1, inside);
    default:
      return randomResp2(random, depth);
  }
}

function aggregate(
  type: string,
  random: SeededRandom,
  perUnit: number,
  make: (random: SeededRandom) => string,
): string {
  const length = random.below(4);
  let text = `${type}${length}\r\n`;
  for (let left = length * perUnit; left > 0; left--) text += make(random);
  return text;
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function line(random: SeededRandom): string {
  return random.bytes(20).replace(/[\r\n]/g, '.');
}
