import { readFileSync } from 'node:fs';
import t from 'tap';
import { startStage, touches } from '../../support/stage.js';
import { until } from '../../support/until.js';

/** The rule as docs/operations.md has it, word by word, behind the password. */
function documentedRule(): readonly string[] {
  const text = readFileSync('docs/operations.md', 'utf8');
  const rule = /ACL SETUSER holdfast reset on >SECRET ([^`]+)```/.exec(text)?.[1] ?? '';
  return rule.trim().split(/\s+/);
}

/** Without these no master is served, or nothing but a name is missing, or what the report then notes. */
const NOT_REFUSED = new Set(['+info', '+command', '+client|setname', '+config|rewrite']);

t.test("Holdfast's own user", async (t) => {
  const rule = documentedRule();
  const rights = rule.filter((word) => word.startsWith('+'));
  t.ok(rights.length >= 15, rule.join(' '));
  const stage = await startStage(t, {
    replicas: 1,
    users: [`holdfast on >own ${rule.join(' ')}`],
    flags: ['--node-username=holdfast', '--node-password=own'],
  });
  const { shard, holdfast, client, candidate } = stage;

  t.test('each right that is left out is named by a refusal, on either node, and nothing is touched', async (t) => {
    for (const server of [shard.master, candidate]) {
      for (const right of rights.filter((each) => !NOT_REFUSED.has(each))) {
        const before = await touches(server);
        await server.send('ACL', 'SETUSER', 'holdfast', right.replace('+', '-'));
        const words = await stage.switchover();
        t.match(words, /^REFUSED missing-rights/, right);
        t.ok(words.includes(`(${server.id}: ${right.slice(1)})`), words);
        await server.send('ACL', 'SETUSER', 'holdfast', right);
        t.equal(await touches(server), before);
        t.match(await client.call('INCR', 'still-served'), /^:\d+/);
      }
    }
  });

  t.test('without INFO the refusal holds the server’s words', async (t) => {
    await candidate.send('ACL', 'SETUSER', 'holdfast', '-info');
    t.match(await stage.switchover(), /^REFUSED wrong-credentials .*NOPERM .*info/);
    await candidate.send('ACL', 'SETUSER', 'holdfast', '+info');
  });

  t.test('without COMMAND on the candidate it is refused as well', async (t) => {
    await candidate.send('ACL', 'SETUSER', 'holdfast', '-command');
    t.match(await stage.switchover(), /^REFUSED missing-rights .*command/);
    await candidate.send('ACL', 'SETUSER', 'holdfast', '+command');
  });

  t.test('the documented rule is enough: there and back, with scripts and a flush', async (t) => {
    const sha = (await client.call('SCRIPT', 'LOAD', 'return 7')).split('\r\n')[1] ?? '';
    t.equal(await stage.switchover(), '');
    t.equal(await client.call('EVALSHA', sha, '0'), ':7\r\n');
    t.equal(await client.call('SCRIPT', 'FLUSH'), '+OK\r\n');
    const [host = '', port = ''] = stage.from.split(':');
    const report = await holdfast.fields('SWITCHOVER', 'TO', host, port);
    t.equal(report.text('settled'), 'yes');
    t.match(await client.call('EVALSHA', sha, '0'), /^-NOSCRIPT/);
    t.equal(await client.call('SET', 'a', '1'), '+OK\r\n');
  });

  t.test('it can not read or write a key', async (t) => {
    await until('the log of the servers has nothing of it', async () => {
      const log = JSON.stringify(await shard.master.send('ACL', 'LOG'));
      return !/"object","(?!info|command|role|multi|exec|replicaof|client|script|config|pubsub)/.test(log);
    });
    t.match(await client.call('AUTH', 'holdfast', 'own'), '+OK');
    t.match(await client.call('GET', 'a'), '-NOPERM');
  });
});
