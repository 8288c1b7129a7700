import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startStage, type Stage } from '../../support/stage.js';
import { workWhileMoving } from './support/application.js';
import { runProgram, skipWithout, type Ended, type ProgramOptions } from './support/program.js';

type Cli = (args: readonly string[], options?: ProgramOptions) => Promise<Ended>;

function cliOf(port: number): Cli {
  return (args, options) => runProgram('redis-cli', ['-p', String(port), ...args], options);
}

/** What redis-cli prints, and that it went well. */
async function prints(t: Test, cli: Cli, args: readonly string[], input = ''): Promise<string> {
  const { status, stdout, stderr } = await cli(args, { input });
  t.same({ status, stderr }, { status: 0, stderr: '' }, `redis-cli ${args.join(' ')}`);
  return stdout;
}

/** Words at its prompt, with all kinds of replies. */
const CONVERSATION = [
  'hset h one 1 two 2',
  'hgetall h',
  'zadd z 1.5 a 2 b',
  'zrange z 0 -1 withscores',
  'sadd s x',
  'smembers s',
  'multi',
  'incr n',
  'lpush n x',
  'exec',
  'get nothing',
  'config get maxmemory-policy',
  'eval "return {1, {2, false}, redis.status_reply(\'fine\')}" 0',
  'select 3',
  'get n',
  'nonsense "with \\" quotes"',
  'echo "\\x00\\xff"',
  'object encoding h',
];

void t.test('redis-cli', { skip: skipWithout('redis-cli') }, async (t) => {
  const stage: Stage = await startStage(t, { replicas: 1 });
  const { master } = stage.shard;
  const cli = cliOf(stage.holdfast.port);
  const direct = cliOf(master.port);

  await t.test('prints what it prints on a direct connection', async (t) => {
    for (const way of [['-2'], ['-3'], ['-2', '--json'], ['--no-raw', '-3']]) {
      const input = `flushall\n${CONVERSATION.join('\n')}\n`;
      const wanted = await prints(t, direct, way, input);
      t.equal(await prints(t, cli, way, input), wanted);
      t.match(wanted, 'one');
    }
    await master.send('FLUSHALL');
  });

  await t.test('fills a server with --pipe, while the master moves too', async (t) => {
    const input = Array.from({ length: 1000 }, (_each, at) => `SET mass:${at} ${at}\r\nINCR filled\r\n`).join('');
    let fillings = 0;
    const fill = async (): Promise<void> => {
      const { stdout, stderr } = await cli(['--pipe'], { input });
      if (!stdout.includes('errors: 0, replies: 2000')) throw new Error(stdout + stderr);
      fillings++;
    };
    await workWhileMoving(t, stage, 1, fill, 1);
    t.equal(await prints(t, cli, ['get', 'filled']), `${1000 * fillings}\n`);
    t.equal(await prints(t, cli, ['dbsize']), '1001\n');
  });

  await t.test('looks through the keys', async (t) => {
    t.equal(await prints(t, cli, ['--scan', '--pattern', 'mass:99?']).then(sorted), numbered(990, 10));
    t.match(await prints(t, cli, ['--bigkeys']), 'Sampled 1001 keys in the keyspace!');
    t.match(await prints(t, cli, ['--memkeys']), 'Sampled 1001 keys in the keyspace!');
  });

  await t.test('repeats, takes the time and runs scripts from files', async (t) => {
    t.equal(await prints(t, cli, ['-r', '3', 'incr', 'repeated']), '1\n2\n3\n');
    t.match(await prints(t, cli, ['--latency', '--raw', '-i', '0.05']), /^\d+ \d+ [\d.]+ \d+\n$/);
    const script = join(t.testdir(), 'script.lua');
    writeFileSync(script, 'local by = 2\nlocal sum = redis.call("incrby", KEYS[1], by + ARGV[1])\nreturn sum\n');
    t.equal(await prints(t, cli, ['--eval', script, 'scripted', ',', '3']), '5\n');
    const { stdout } = await cli(['--stat', '-i', '0.001'], { enough: () => true });
    t.match(stdout, /keys +mem +clients[^\n]+\n1003 /);
  });

  await t.test('steps through a script, alone on its connection', async (t) => {
    const script = join(t.testdir(), 'steps.lua');
    writeFileSync(script, 'local one = 1\nlocal sum = redis.call("incr", KEYS[1])\nreturn one + sum\n');
    for (const [mode, left] of [
      ['--ldb', '1'],
      ['--ldb-sync-mode', '2'],
    ] as const) {
      // Somebody else's script at the same time is not stepped through.
      const others = talk(stage, ['EVAL', 'return 42', '0'], /^:42\r\n$/);
      const shown = await prints(t, cli, [mode, '--eval', script, `stepped${mode}`], 's\nc\nquit\n');
      t.match(shown, /Stopped at 2[^]*\(integer\) 2\n[^]*Lua debugging session ended/);
      t.same(await others.stop(), []);
      t.equal(await prints(t, cli, ['incr', `stepped${mode}`]), `${left}\n`, 'a forked session leaves nothing');
    }
  });

  await t.test('listens', async (t) => {
    for (const version of ['-2', '-3']) {
      const said = talk(stage, ['PUBLISH', 'news', 'hello']);
      const { stdout } = await cli([version, 'subscribe', 'news'], { enough: (out) => out.includes('hello') });
      await said.stop();
      t.match(stdout, /^subscribe\nnews\n1\nmessage\nnews\nhello\n/, version);
      const done = talk(stage, ['SET', 'seen', 'by monitor']);
      const monitor = await cli([version, 'monitor'], { enough: (out) => out.includes('by monitor') });
      await done.stop();
      t.match(monitor.stdout, /^OK\n[^]*\[0 [\d.:]+\] "SET" "seen" "by monitor"/, version);
    }
  });

  await t.test('is told that it can not be a replica here', async (t) => {
    const file = join(t.testdir(), 'dump.rdb');
    for (const way of [['--rdb', file], ['--functions-rdb', file], ['--replica']]) {
      const { status, stderr } = await cli(way);
      t.equal(status, 1);
      t.match(stderr, /ERR this command .*is not served here/);
    }
    t.notOk(existsSync(file));
    t.match(
      (await cli(['--cluster', 'info', `127.0.0.1:${stage.holdfast.port}`])).stdout,
      'not configured as a cluster',
    );
    t.equal(await prints(t, cli, ['ping']), 'PONG\n');
  });
});

function sorted(lines: string): string {
  return `${lines.trim().split('\n').sort().join('\n')}\n`;
}

function numbered(from: number, count: number): string {
  return `${Array.from({ length: count }, (_each, at) => `mass:${from + at}`).join('\n')}\n`;
}

/** Says the same over and over on the client of the stage, until `stop`. @returns the errors. */
function talk(stage: Stage, words: readonly string[], wanted = /^[+:]/): { stop(): Promise<readonly string[]> } {
  const errors: string[] = [];
  let stopping = false;
  const run = (async (): Promise<void> => {
    while (!stopping) {
      const reply = await stage.client.call(...words);
      if (!wanted.test(reply)) errors.push(reply);
    }
  })();
  return {
    stop: async () => {
      stopping = true;
      await run;
      return errors;
    },
  };
}
