import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { startStage, type Stage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const CONNECTIONS = 10;
const ROUNDS = scaled(25, 50);
/** Scripts in each round: a switchover brings all of them along, so they must not be as many as there is time for. */
const A_ROUND = 20;

const sha1 = (script: string): string => createHash('sha1').update(script).digest('hex');

/** A script that nobody has run before; each counts its calls in its key. */
function newScript(number: number): string {
  return `-- ${number}\nreturn redis.call('INCR', KEYS[1])`;
}

/** The ways in which a script becomes known; each runs it once, but SCRIPT LOAD. @returns how often it ran. */
const INTRODUCTIONS: readonly ((client: RawClient, script: string, key: string) => Promise<number>)[] = [
  async (client, script, key) => {
    await client.call('EVAL', script, '1', key);
    return 1;
  },
  async (client, script) => {
    await client.call('SCRIPT', 'LOAD', script);
    return 0;
  },
  async (client, script, key) => {
    await client.call('MULTI');
    await client.call('EVAL', script, '1', key);
    await client.call('EXEC');
    return 1;
  },
  async (client, script) => {
    await client.call('MULTI');
    await client.call('SCRIPT', 'LOAD', script);
    await client.call('EXEC');
    return 0;
  },
];

async function connections(t: Test, stage: Stage, count: number): Promise<readonly RawClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => stage.holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  return clients;
}

void t.test('a script is known from its first reply on, whichever node is the master', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const clients = await connections(t, stage, CONNECTIONS);
  const others = await connections(t, stage, CONNECTIONS);
  const surprises: string[] = [];
  let introduced = 0;
  let allowed = 0;
  let running = true;

  const work = clients.map(async (client, index) => {
    const other = others[index] ?? client;
    const key = `calls:${index}`;
    let calls = 0;
    while (running) {
      if (introduced >= allowed) {
        await until('the next round begins', () => introduced < allowed || !running);
        continue;
      }
      const script = newScript(introduced++);
      const introduce = INTRODUCTIONS[introduced % INTRODUCTIONS.length];
      calls += (await introduce?.(client, script, key)) ?? 0;
      for (const who of [client, other]) {
        calls++;
        const reply = await who.call('EVALSHA', sha1(script), '1', key);
        if (reply !== `:${calls}\r\n`) surprises.push(`wanted ${calls}, got ${reply}`);
      }
    }
    return { key, calls };
  });
  await switchRounds(t, stage, ROUNDS, async () => {
    const enough = introduced + A_ROUND / 2;
    // The rest is introduced while the master moves.
    allowed = introduced + A_ROUND;
    await until('more scripts are introduced', () => introduced >= enough);
  });
  running = false;
  for (const { key, calls } of await Promise.all(work)) {
    t.equal(await stage.client.call('GET', key), `$${String(calls).length}\r\n${calls}\r\n`, 'each call ran once');
  }
  t.same(surprises, []);
  t.ok(introduced >= ROUNDS * 10, `${introduced} scripts`);
});

void t.test('what is flushed stays flushed, also on a node that was the master when it was loaded', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { client } = stage;
  const old = newScript(1);
  const young = newScript(2);
  const exists = async (): Promise<string> => client.call('SCRIPT', 'EXISTS', sha1(old), sha1(young));
  const once = (): Promise<void> => Promise.resolve();

  await client.call('EVAL', old, '1', 'key');
  await switchRounds(t, stage, 1, once);
  t.equal(await client.call('SCRIPT', 'FLUSH'), '+OK\r\n');
  await client.call('EVAL', young, '1', 'key');
  t.equal(await exists(), '*2\r\n:0\r\n:1\r\n');
  await switchRounds(t, stage, 2, async () => {
    t.equal(await exists(), '*2\r\n:0\r\n:1\r\n', 'before each move');
  });
  t.equal(await exists(), '*2\r\n:0\r\n:1\r\n', 'and after the last');
  t.match(await client.call('EVALSHA', sha1(old), '1', 'key'), /^-NOSCRIPT /);
  t.equal(await client.call('EVALSHA', sha1(young), '1', 'key'), ':3\r\n');
});

void t.test('more scripts than are kept', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { client } = stage;
  const count = 1100;
  const scripts = Array.from({ length: count }, (_, number) => newScript(number));
  client.send(Buffer.concat(scripts.map((script) => encodeCommand('SCRIPT', 'LOAD', script))));
  await client.replies(count);
  await switchRounds(t, stage, 1, () => Promise.resolve());
  t.equal(await client.call('EVALSHA', sha1(newScript(count - 1)), '1', 'key'), ':1\r\n', 'the last is known');
  t.match(await client.call('EVALSHA', sha1(newScript(0)), '1', 'key'), /^-NOSCRIPT /, 'the first has made room');
});

void t.test('functions', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const clients = await connections(t, stage, CONNECTIONS);
  const library =
    "#!lua name=lib\nredis.register_function('count', function(keys) return redis.call('INCR', keys[1]) end)";
  t.equal(await stage.client.call('FUNCTION', 'LOAD', library), '$3\r\nlib\r\n');
  let calls = 0;
  let running = true;
  const surprises: string[] = [];
  const work = clients.map(async (client) => {
    while (running) {
      const reply = await client.call('FCALL', 'count', '1', 'calls');
      if (reply.startsWith(':')) calls++;
      else surprises.push(reply);
    }
  });
  await switchRounds(t, stage, scaled(20, ROUNDS), async () => {
    const enough = calls + 20;
    await until('more calls are answered', () => calls >= enough);
  });
  running = false;
  await Promise.all(work);
  t.same(surprises, []);
  t.equal(await stage.client.call('GET', 'calls'), `$${String(calls).length}\r\n${calls}\r\n`, 'each call ran once');
});
