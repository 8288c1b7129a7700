import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startShard } from '../../support/shard.js';
import { freePort } from '../../support/free-port.js';
import { RawClient } from '../../support/raw-client.js';
import { holdfast as commandLine } from '../../unit/cli/command-line.js';
import { startStage } from '../../support/stage.js';
import { runHoldfast, ServeProcess } from '../../support/serve-process.js';

const SECRETS = ['node-secret-1', 'admin-secret-2', 'file-secret-3'] as const;

void t.test('a shell, against the real thing', async (t) => {
  const shard = await startShard({ replicas: 1 });
  const holdfast = await ServeProcess.start({ nodes: shard.ids });
  t.teardown(() => holdfast.dispose());
  t.teardown(() => shard.dispose());
  // In this process, because starting a program for each line takes most of the time; one of them is one.
  const run = (...line: string[]) => commandLine([...line, `--admin=${holdfast.adminId}`]);
  const [first, second] = shard.ids;

  const status = await run('status', '--json');
  t.equal(status.exitCode, 0);
  t.match(JSON.parse(status.stdout), { master: first, state: 'serving', gate: 'open' });
  t.match((await run('status')).stdout, new RegExp(String(first)));

  t.match(await run('hold', '60000', '--json'), { exitCode: 0, stdout: /"held": ?true/ });
  t.match(JSON.parse((await run('status', '--json')).stdout), { gate: 'closed', gate_holders: ['hand'] });
  t.match(await run('release', '--json'), { exitCode: 0, stdout: /"held": ?false/ });
  t.match(await run('release'), { exitCode: 3, stderr: /No hold in progress/ });

  const dry = await run('switchover', '--dry-run', '--json');
  t.equal(dry.exitCode, 0);
  t.match(JSON.parse(dry.stdout), { outcome: 'would-switch', new_master: second });
  const switched = await run('switchover', `--to=${second}`, '--json');
  t.equal(switched.exitCode, 0);
  t.match(JSON.parse(switched.stdout), { outcome: 'switched', old_master: first, new_master: second, settled: 'yes' });
  t.match(await run('switchover'), { exitCode: 0, stdout: new RegExp(String(first)) });

  const refused = await run('switchover', `--to=${first}`, '--json');
  t.equal(refused.exitCode, 3);
  t.match(JSON.parse(refused.stdout), { outcome: 'refused', reason: 'already-master' });
  t.match(await run('history', '1'), { exitCode: 0 });
  t.match(await run('nodes'), { exitCode: 0, stdout: new RegExp(String(second)) });
  t.match(await commandLine(['status', `--admin=127.0.0.1:${await freePort()}`]), { exitCode: 4 });
  t.match(await runHoldfast('switchover', `--to=${first}`, `--admin=${holdfast.adminId}`), { status: 3, stdout: '' });
});

void t.test('secrets are nowhere to be seen', async (t) => {
  const [node, admin, file] = SECRETS;
  const shard = await startShard({ replicas: 1, requirepass: node });
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.launch({
    nodes: shard.ids,
    flags: [`--node-password=${node}`, `--admin-password=${admin}`, '--log-level=debug'],
    environment: { HOLDFAST_LOG_FORMAT: 'json' },
  });
  t.teardown(() => holdfast.dispose());
  await holdfast.ready();
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.equal(await client.call('AUTH', file), '-WRONGPASS invalid username-password pair or user is disabled.\r\n');
  t.equal(await client.call('AUTH', node), '+OK\r\n');
  t.equal(await client.call('SET', 'k', 'v'), '+OK\r\n');
  const operator = await RawClient.connect(holdfast.adminAddress);
  t.teardown(() => operator.close());
  t.match(await operator.call('STATUS'), /^-NOAUTH /);
  t.match(await operator.call('AUTH', 'wrong'), /^-WRONGPASS /);
  t.equal(await operator.call('AUTH', admin), '+OK\r\n');
  t.match(await operator.call('SWITCHOVER'), /switched/);

  const shown = [
    readFileSync(`/proc/${holdfast.pid}/cmdline`, 'latin1').replaceAll('\0', ' '),
    holdfast.log(),
    readFileSync(join(holdfast.stateDir, 'state.json'), 'utf8'),
    (await holdfast.get('/metrics')).body,
    (await holdfast.get('/status.json')).body,
    (await holdfast.get('/')).body,
  ];
  for (const command of [['STATUS'], ['NODES'], ['HISTORY'], ['INFO'], ['CLIENT', 'LIST'], ['CONFIG', 'GET', '*']]) {
    shown.push(await operator.call(...command));
  }
  for (const text of shown) {
    for (const secret of SECRETS) t.notOk(text.includes(secret), `${text.slice(0, 60)} … has no ${secret}`);
  }
  const target = `--admin=${holdfast.adminId}`;
  const files = { 'admin-password': `${admin}\n` };
  t.match(await commandLine(['status', target, '--admin-password-file=admin-password'], { files }), { exitCode: 0 });
  t.match(await commandLine(['status', target]), { exitCode: 4 });
  t.match(await commandLine(['status', target, '--admin-password=wrong']), { exitCode: 4 });
});

void t.test('the exit status of a switchover that was rolled back, and of one that is not known', async (t) => {
  const flags = ['--command-timeout-ms=300', '--resolve-timeout-ms=500', '--promote-timeout-ms=100'];
  const { holdfast, relay } = await startStage(t, { replicas: 1, relayToReplica: true, flags });
  const line = ['switchover', '--json', `--admin=${holdfast.adminId}`];
  let isLost = false;
  relay.judge((text) => {
    isLost ||= /\$9\r\nreplicaof\r\n\$2\r\nno\r\n/i.test(text);
    return isLost ? 'swallow' : 'pass';
  });
  const unresolved = await commandLine(line);
  t.equal(unresolved.exitCode, 5);
  t.match(JSON.parse(unresolved.stdout), { outcome: 'unresolved', reason: 'roles-unknown' });
  relay.flow();
  await holdfast.reaches('serving');

  relay.judge((text) => (/\$9\r\nreplicaof\r\n\$2\r\nno\r\n/i.test(text) ? 'cut' : 'pass'));
  const aborted = await commandLine(line);
  t.equal(aborted.exitCode, 1);
  t.match(JSON.parse(aborted.stdout), { outcome: 'aborted', reason: 'promotion-did-not-happen' });
});
