import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { seededRandom } from '../proxy/support/twins.js';
import { startLoadedStage } from './support/loaded-stage.js';

const ROUNDS = scaled(25, 50);
const CONNECTIONS = 3;
const LONGEST = 10_000;

/** Says commands about keys of its own, and knows what the server has to answer. */
class Speaker {
  readonly #key: string;
  readonly #random: () => number;
  #count = 0;
  #length = 0;

  constructor(index: number) {
    this.#key = `own:${index}`;
    this.#random = seededRandom(index + 1);
  }

  /** One write of 1 to 10,000 commands; short ones are as frequent as long ones. */
  next(): { readonly bytes: Buffer; readonly commands: number; readonly replies: string } {
    const commands = Math.floor(LONGEST ** (this.#random() ** 2));
    const said = Array.from({ length: commands }, () => this.#command(Math.floor(this.#random() * 6)));
    return {
      bytes: Buffer.concat(said.map(([words]) => encodeCommand(...words))),
      commands,
      replies: said.map(([, reply]) => reply).join(''),
    };
  }

  #command(kind: number): readonly [readonly string[], string] {
    const key = this.#key;
    switch (kind) {
      case 0:
        return [['INCR', key], `:${++this.#count}\r\n`];
      case 1:
        return [['RPUSH', `${key}:list`, String(this.#length)], `:${++this.#length}\r\n`];
      case 2:
        return [['LLEN', `${key}:list`], `:${this.#length}\r\n`];
      case 3:
        return [['LPUSH', key, 'x'], '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'];
      case 4:
        return [['SET', key, String(this.#count)], '+OK\r\n'];
      default:
        return [['APPEND', key, ''], `:${String(this.#count).length}\r\n`];
    }
  }
}

void t.test('pipelines of any length: every reply right and in order, each write once', async (t) => {
  const { stage, connect } = await startLoadedStage(t);
  const clients = await connect(CONNECTIONS);
  const surprises: string[] = [];
  const said = clients.map(() => 0);
  let running = true;
  const work = clients.map(async (client, index) => {
    await client.call('SET', `own:${index}`, '0');
    const speaker = new Speaker(index);
    while (running && surprises.length === 0) {
      const { bytes, commands, replies } = speaker.next();
      client.send(bytes);
      // In one piece: the client would look for the ends of thousands of replies with each chunk.
      await until('all of it is there', () => client.received.length >= replies.length);
      const found = (await client.replies(commands)).toString('latin1');
      if (found !== replies) surprises.push(`${commands} commands: ${firstDifference(found, replies)}`);
      said[index] = (said[index] ?? 0) + 1;
    }
  });
  await switchRounds(t, stage, ROUNDS, async (round) => {
    await until('more is said', () => surprises.length > 0 || Math.min(...said) > round / 10);
  });
  running = false;
  await Promise.all(work);
  t.same(surprises, []);
});

function firstDifference(found: string, wanted: string): string {
  let at = 0;
  while (at < wanted.length && found[at] === wanted[at]) at++;
  return JSON.stringify([at, found.slice(at - 20, at + 60), wanted.slice(at - 20, at + 60)]);
}
