import { spawnSync } from 'node:child_process';
import t from 'tap';

const factory = new URL('../../../src/log/create-logger.js', import.meta.url).href;

/** What a process of its own logs: the logger writes to file descriptors. */
function logged(options: object, statement: string): { readonly stdout: string; readonly stderr: string } {
  const script = `import { createLogger } from ${JSON.stringify(factory)};
    const log = createLogger(${JSON.stringify(options)}); ${statement}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
}

t.test('JSON lines, fields and one sentence, nothing below the level', async (t) => {
  const { stdout, stderr } = logged(
    { level: 'info', format: 'json', output: 1 },
    "log.debug({}, 'no'); log.warn({ node: 'a:1' }, 'gone');",
  );
  t.equal(stderr, '');
  t.equal(stdout.trim().split('\n').length, 1);
  t.match(JSON.parse(stdout), { level: 40, node: 'a:1', msg: 'gone' });
});

t.test('auto is JSON where there is no terminal; standard error on demand', async (t) => {
  const { stdout, stderr } = logged({ level: 'info', format: 'auto', output: 2 }, "log.info({}, 'x');");
  t.equal(stdout, '');
  t.match(JSON.parse(stderr), { msg: 'x' });
});

t.test('pretty is text for people', async (t) => {
  const { stdout } = logged({ level: 'info', format: 'pretty', output: 1 }, "log.info({ node: 'a:1' }, 'hello');");
  t.match(stdout, /INFO.*hello\n\s+node: "a:1"/);
});

for (const format of ['json', 'pretty']) {
  t.test(`secrets are masked (${format})`, async (t) => {
    const statement =
      "log.info({ adminPassword: 'hunter2', config: { nodePassword: 'hunter3', password: 'hunter4' } }, 'x');";
    const { stdout } = logged({ level: 'info', format, output: 1 }, statement);
    t.notMatch(stdout, /hunter/);
    t.match(stdout, /\*\*\*/);
  });
}
