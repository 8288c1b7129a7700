import t, { type Test } from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { hostAndPort, startStage, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';
import { clientOfEach, isTrue, workerOf, workersServe } from './support.js';

const FLAGS = [
  '--workers=2',
  '--sync-timeout-ms=20000',
  '--promote-timeout-ms=20000',
  '--pause-timeout-ms=60000',
  '--command-timeout-ms=20000',
];

const PAUSE = /pause\r\n\$\d+\r\n\d/i;
const PROMOTION = /\$9\r\nreplicaof\r\n\$2\r\nno/i;
const DEMOTION = /\$9\r\nreplicaof\r\n\$\d+\r\n127/i;

async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(`${pid} is gone`, () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
}

/**
 * Brings a switchover to a halt in a step, ends the worker of one client there, and lets it go on. Both nodes take turns, so
 * that one stage has all the steps.
 */
void t.test('a worker that is killed in any step of a switchover', async (t: Test) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true, flags: FLAGS });
  const { holdfast, relay, candidate, shard, from, to } = stage;
  const acknowledged: WriteLoad[] = [];

  async function round(step: string, state: string, target: string, rule: RegExp): Promise<void> {
    const [victim, witness] = await clientOfEach(t, holdfast);
    const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 4);
    acknowledged.push(load);
    await load.acknowledged(50);
    relay.judge((text) => (rule.test(text) ? 'mute' : 'pass'));
    const words = holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(target));
    await holdfast.reaches(state);
    const reply = witness.call('INCR', `held in ${step}`);
    await killed(await workerOf(holdfast, victim));
    await victim.ended();
    relay.flow();
    t.equal(await words, '', `${step}: switched`);
    t.equal(await reply, ':1\r\n', `${step}: the other worker goes on`);
    await workersServe(holdfast, 2);
    t.equal((await holdfast.fields('STATUS')).text('master'), target);
    t.same((await holdfast.fields('STATUS')).list('gate_holders'), []);
    const [after, afterToo] = await clientOfEach(t, holdfast);
    t.equal(await after.call('INCR', `after ${step}`), ':1\r\n', 'the new worker serves the new master');
    t.equal(await afterToo.call('INCR', `after ${step}`), ':2\r\n');
    for (const client of [witness, after, afterToo]) client.close();
  }

  await round('fence', 'fencing', to, PAUSE);
  await round('promotion', 'promoting', from, PROMOTION);
  await round('settling', 'settling', to, DEMOTION);
  t.equal(await holdfast.metric('holdfast_workers_ended_total'), 3);
  t.equal(await holdfast.metric('holdfast_workers'), 2);
  await holdfast.dispose();
  for (const load of acknowledged) {
    await load.ended();
    await isTrue(t, load, candidate);
  }
  await shard.inSync(candidate);
});

async function stuck(t: Test): Promise<{ stage: Stage; words: Promise<string> }> {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true, flags: FLAGS });
  stage.relay.judge((text) => (text.includes('stuck') ? 'mute' : 'pass'));
  await workersServe(stage.holdfast, 2);
  stage.client.send(encodeCommand('INCR', 'stuck'));
  await until('it has run', async () => (await stage.shard.master.send('GET', 'stuck')) === '1');
  const words = stage.switchover('SYNCTIMEOUT', '20000');
  await stage.holdfast.reaches('draining');
  return { stage, words };
}

void t.test('while it drains: its write that nobody answers is not waited for any more', async (t) => {
  const { stage, words } = await stuck(t);
  const { holdfast, client, candidate } = stage;
  await killed(await workerOf(holdfast, client));
  t.equal(await words, '');
  t.equal(await candidate.send('GET', 'stuck'), '1', 'and it was not lost');
});

void t.test('while it drains, the other one: the drain goes on', async (t) => {
  const { stage, words } = await stuck(t);
  const { holdfast, relay, client } = stage;
  const other = await holdfast.client();
  t.teardown(() => other.close());
  await other.call('PING');
  await killed(await workerOf(holdfast, other));
  await other.ended();
  t.equal((await holdfast.fields('STATUS')).text('state'), 'draining');
  relay.flow();
  t.equal(await words, '');
  t.equal((await client.replies(1)).toString(), ':1\r\n');
});
