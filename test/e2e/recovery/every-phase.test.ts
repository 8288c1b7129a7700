import t from 'tap';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import type { Rule } from '../../support/relay.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort, lastEntry, startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';

const FLAGS = [
  '--probe-interval-ms=50',
  '--command-timeout-ms=20000',
  '--promote-timeout-ms=20000',
  '--sync-timeout-ms=30000',
  '--pause-timeout-ms=600000',
];

const PAUSE = /\$5\r\npause\r\n\$\d+\r\n\d/i;
const PROMOTION = /\$9\r\nreplicaof\r\n\$2\r\nno/i;
const DEMOTION = /\$9\r\nreplicaof\r\n\$\d+\r\n127/i;

/** Of each two phases that a stop ends in the same way, one is enough for every day: each costs a start of Holdfast. */
const SHORT: ReadonlySet<string> = new Set(['inspecting', 'recording', 'fencing', 'preparing']);
const isShort = scaled(1, 0) === 1;

/** Where a switch is brought to a halt. */
interface Phase {
  readonly state: string;
  /** Brings it to a halt there; the way to the node that was the master at the start is in its hands. */
  readonly halt: () => void | Promise<void>;
  /** The promotion is not sent yet. */
  readonly isBefore: boolean;
}

/** Whoever hangs in the opening of that pipe goes on, and can not make a file of it: nobody reads. */
function letDiskGo(pipe: string): void {
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  rmSync(pipe);
  closeSync(reader);
}

/**
 * One shard, one phase after the other, in each what an operator may do: the switch is called off, then (in the same phase of the
 * next one) Holdfast is told to stop. The client counts: each write that was acknowledged is there once.
 */
void t.test('FAILOVER ABORT and SIGTERM in every phase of a switch', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true, flags: FLAGS });
  const { shard, relay, from, to, candidate } = stage;
  const { stateDir } = stage.holdfast;
  const pipe = join(stateDir, 'state.json.tmp');
  let [holdfast, client, counted]: [ServeProcess, RawClient, number] = [stage.holdfast, stage.client, 0];

  const stateOf = async (): Promise<string> => (await holdfast.fields('STATUS')).text('state');
  const master = async (): Promise<string> => (await holdfast.fields('STATUS')).text('master');
  const behind = (id: string) => (id === from ? shard.master : candidate);
  const on =
    (pattern: RegExp): Rule =>
    (text) =>
      pattern.test(text) ? 'mute' : 'pass';
  /** What is asked in this state is not answered. */
  const asked =
    (state: string): Rule =>
    async (text) =>
      !/replconf|psync/i.test(text) && (await stateOf()) === state ? 'mute' : 'pass';

  /** Each phase in which the node behind the relay is the master, then those in which it is the candidate. */
  const there: readonly Phase[] = [
    ...['inspecting', 'measuring'].map((state) => ({ state, isBefore: true, halt: () => relay.judge(asked(state)) })),
    { state: 'recording', isBefore: true, halt: () => void execFileSync('mkfifo', [pipe]) },
    {
      state: 'draining',
      isBefore: true,
      halt: async () => {
        relay.judge(on(/stuck/));
        const before = await shard.master.send('INCRBY', 'stuck', '0');
        client.send(encodeCommand('INCR', 'stuck'));
        await until('it has run', async () => (await shard.master.send('GET', 'stuck')) !== String(before));
      },
    },
    { state: 'fencing', isBefore: true, halt: () => relay.judge(on(PAUSE)) },
    {
      state: 'catching-up',
      isBefore: true,
      halt: () =>
        relay.judge(async (text) => {
          if (!PAUSE.test(text)) return;
          relay.mute(/psync/i);
          await shard.master.send('INCR', 'late');
        }),
    },
    { state: 'settling', isBefore: false, halt: () => relay.judge(on(DEMOTION)) },
  ];
  const back: readonly Phase[] = [
    { state: 'preparing', isBefore: true, halt: () => relay.judge(asked('preparing')) },
    { state: 'promoting', isBefore: false, halt: () => relay.judge(on(PROMOTION)) },
  ];

  /** By offsets: a replica may follow the relay. */
  async function inSync(node: string): Promise<void> {
    const [leader, follower] = [behind(node), behind(node === from ? to : from)];
    const written = Number((await leader.info('replication')).get('master_repl_offset'));
    await until('the replica has everything', async () => {
      const info = await follower.info('replication');
      return info.get('master_link_status') === 'up' && Number(info.get('slave_repl_offset')) >= written;
    });
  }

  async function goesOn(node: string, what: string): Promise<void> {
    await holdfast.reaches('serving');
    t.equal(await master(), node, `${what}: the master`);
    counted += 1;
    t.equal(await client.call('INCR', 'counted'), `:${counted}\r\n`, `${what}: every write is there once`);
    t.match(await behind(node).send('INCR', 'beside'), /^\d+$/, `${what}: the pause is over`);
    await until('nothing is unfinished', () => holdfast.state().intent === null);
    t.equal(holdfast.state().master, node);
    await inSync(node);
  }

  /** @returns the master behind it. */
  async function round({ state, halt, isBefore }: Phase, act: 'ABORT' | 'SIGTERM'): Promise<string> {
    const what = `${act} while ${state}`;
    const old = await master();
    const other = old === from ? to : from;
    await halt();
    const words = holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(other));
    await holdfast.reaches(state);
    if (act === 'ABORT') {
      const answer = await holdfast.refusal('FAILOVER', 'ABORT');
      if (isBefore) t.equal(answer, '', what);
      else t.match(answer, /past the point of no return/, what);
    } else {
      holdfast.signal('SIGTERM');
      await until('it is stopping', () => holdfast.log().includes('stopping'));
    }
    relay.flow();
    if (state === 'recording') letDiskGo(pipe);
    const reason = act === 'ABORT' ? 'stopped-by-operator' : 'shutting-down';
    t.match(await words, isBefore ? new RegExp(`^ABORTED ${reason} `) : /^$/, `${what}: the answer`);
    if (state === 'draining') t.match((await client.replies(1)).toString(), /^:/, 'its reply comes all the same');
    if (act === 'SIGTERM') {
      t.equal(await holdfast.ended(), 0, what);
      holdfast = await ServeProcess.start({ nodes: [from, to], stateDir, flags: FLAGS });
      const next = holdfast;
      client = await next.client();
      t.teardown(() => next.dispose());
    }
    const now = isBefore ? old : other;
    await goesOn(now, what);
    const entry = await lastEntry(holdfast);
    t.same([entry.text('outcome'), entry.text('reason')], isBefore ? ['aborted', reason] : ['switched', ''], what);
    return now;
  }

  for (const [phases, home] of [
    [there, from],
    [back, to],
  ] as const) {
    for (const phase of phases) {
      for (const act of isShort && SHORT.has(phase.state) ? (['ABORT'] as const) : (['ABORT', 'SIGTERM'] as const)) {
        if ((await master()) !== home) t.equal(await holdfast.refusal('SWITCHOVER'), '', 'back for the next one');
        await inSync(home);
        await until('the state can be written', async () => {
          return (await holdfast.fields('STATUS')).text('state_problem') === '';
        });
        await round(phase, act);
      }
    }
    if (home === from && (await master()) === from) t.equal(await holdfast.refusal('SWITCHOVER'), '');
  }
});
