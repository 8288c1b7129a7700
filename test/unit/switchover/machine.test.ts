import t from 'tap';
import type { Effect } from '../../../src/switchover/effects.js';
import type { Command, Event, Reply } from '../../../src/switchover/events.js';
import { INITIAL_MACHINE, transition, type Machine } from '../../../src/switchover/machine.js';
import { DEFAULT_SETTINGS } from '../../../src/switchover/settings.js';
import { awaited, type StateName } from '../../../src/switchover/states.js';
import { ImpossibleTransition } from '../../../src/switchover/step.js';
import { DIRECT } from './fake-strategy.js';
import { A, B, C } from './harness.js';
import { factsOf } from './simulated-world.js';

const failure = { kind: 'unknown', code: '', message: 'no answer' } as const;
const replica = { role: 'replica', offset: 1, follows: { node: B, linkUp: false, syncing: false } } as const;

/** One of each answer. */
const REPLIES: { readonly [T in Reply['type']]: Extract<Reply, { readonly type: T }> } = {
  inspected: {
    type: 'inspected',
    reports: [factsOf(A, 'master', 9), factsOf(B, 'replica', 9), factsOf(C, 'replica', 9)].map((facts) => ({
      node: facts.node,
      facts,
    })),
    survey: { master: null, promotionMs: 0 },
  },
  prepared: { type: 'prepared', connections: 1 },
  measured: {
    type: 'measured',
    masterOffset: 9,
    candidateOffset: 9,
    counters: { full: 0, partial: 0 },
    roundTripMs: { from: 0.1, to: 0.1 },
  },
  arranged: {
    type: 'arranged',
    arrangement: { beat: { atMs: 50, periodMs: 100, leadMs: 3 }, promotionMs: 3, note: '' },
  },
  recorded: { type: 'recorded' },
  held: { type: 'held' },
  drained: { type: 'drained' },
  fenced: { type: 'fenced', offset: 10 },
  applied: { type: 'applied', offset: 9 },
  extended: { type: 'extended' },
  promoted: { type: 'promoted' },
  marked: { type: 'marked' },
  redirected: { type: 'redirected' },
  opened: { type: 'opened', figures: { heldClients: 1, heldCommands: 1 } },
  unfenced: { type: 'unfenced' },
  role: { type: 'role', role: replica },
  examined: {
    type: 'examined',
    extraWrites: 0,
    canPause: true,
    isSameProcess: false,
    isReplaced: true,
    isTakenBack: false,
  },
  demoted: { type: 'demoted' },
  followed: { type: 'followed' },
  counted: { type: 'counted', counters: { full: 0, partial: 0 } },
  persisted: { type: 'persisted', problem: '' },
  woke: { type: 'woke' },
  failed: { type: 'failed', failure },
};

const REQUEST = {
  type: 'requested',
  at: 0,
  id: 'x',
  startedAt: '',
  to: B,
  dryRun: false,
  settings: DEFAULT_SETTINGS,
  strategy: { ...DIRECT, arrangeTimeoutMs: 1000 },
  nodes: [A, B, C],
  epoch: 1,
  overheadMs: 0.5,
  leadMs: null,
} as const;

const FAILOVER = {
  type: 'failover-requested',
  at: 0,
  id: 'z',
  startedAt: '',
  to: null,
  dryRun: false,
  settings: DEFAULT_SETTINGS,
  strategy: DIRECT,
  nodes: [A, B, C],
  epoch: 1,
  lost: { node: A, facts: factsOf(A, 'master', 12), seenAt: 0, silentSince: 0, force: false },
  unfinished: null,
} as const;

/** What the nodes say when A is dead. */
const WITHOUT_MASTER: Reply = {
  type: 'inspected',
  reports: [
    { node: A, error: { ...failure, kind: 'unsent', code: 'ECONNREFUSED' } },
    { node: B, facts: factsOf(B, 'replica', 9) },
    { node: C, facts: factsOf(C, 'replica', 8) },
  ],
  survey: { master: null, promotionMs: 0 },
};

const COMMANDS: readonly Command[] = [
  REQUEST,
  FAILOVER,
  {
    type: 'resumed',
    earlier: null,
    isOwn: false,
    at: 1,
    intent: { id: 'y', from: A, to: B, startedAt: '' },
    settings: DEFAULT_SETTINGS,
    strategy: { ...DIRECT, arrangeTimeoutMs: 1000 },
    nodes: [A, B],
    epoch: 1,
  },
  { type: 'loss-accepted', at: 1, node: A },
  { type: 'overtaken', at: 1, master: A },
  { type: 'abort-requested', at: 1 },
  { type: 'shutdown', at: 1 },
  { type: 'stop', at: 1 },
  { type: 'crashed', at: 1, message: 'a defect' },
];

/** Which answers each state can take, to whichever of its questions; all others are impossible. */
const POSSIBLE: { readonly [S in StateName]: readonly Reply['type'][] } = {
  serving: [],
  inspecting: ['inspected', 'woke', 'failed'],
  preparing: ['prepared', 'woke', 'failed'],
  measuring: ['measured', 'woke', 'failed'],
  arranging: ['arranged', 'woke', 'failed'],
  timing: ['woke'],
  recording: ['recorded', 'woke', 'failed'],
  electing: ['inspected', 'woke', 'failed'],
  appointing: ['held', 'recorded', 'prepared', 'role', 'woke', 'failed'],
  holding: ['held', 'woke', 'failed'],
  draining: ['drained', 'woke', 'failed'],
  fencing: ['fenced', 'applied', 'woke', 'failed'],
  'catching-up': ['applied', 'woke', 'failed'],
  extending: ['extended', 'woke', 'failed'],
  promoting: ['promoted', 'marked', 'woke', 'failed'],
  resolving: ['promoted', 'role', 'woke', 'failed'],
  redirecting: ['redirected', 'extended', 'woke', 'failed'],
  retreating: ['opened', 'unfenced', 'woke', 'failed'],
  aborting: ['opened', 'unfenced', 'woke', 'failed'],
  settling: ['demoted', 'followed', 'persisted', 'woke', 'failed'],
  unresolved: ['opened', 'promoted', 'role', 'failed'],
  stopped: [],
};

const CLOSED: readonly StateName[] = [
  'holding',
  'draining',
  'fencing',
  'catching-up',
  'extending',
  'appointing',
  'promoting',
  'resolving',
  'redirecting',
];

interface Sample {
  readonly machine: Machine;
  readonly effects: readonly Effect[];
}

function give(sample: Sample, event: Event): Sample {
  return transition(sample.machine, event);
}

/** Answers the question that the effect of this type asked. */
function answer(sample: Sample, asked: Effect['type'], reply: Reply, at = 1): Sample {
  const effect = sample.effects.find((each) => each.type === asked);
  if (effect === undefined || !('call' in effect)) throw new Error(`${asked} was not asked`);
  return give(sample, { ...reply, call: effect.call, at });
}

/** Every state, reached the way it is reached. */
function samples(): ReadonlyMap<StateName, Sample> {
  const serving: Sample = { machine: INITIAL_MACHINE, effects: [] };
  const inspecting = give(serving, REQUEST);
  const preparing = answer(inspecting, 'inspect', REPLIES.inspected);
  const measuring = answer(preparing, 'prepare', REPLIES.prepared);
  const arranging = answer(measuring, 'measure', REPLIES.measured);
  const again = answer(arranging, 'arrange', REPLIES.arranged);
  const recording = answer(again, 'measure', REPLIES.measured);
  const timing = answer(recording, 'record-intent', REPLIES.recorded);
  const holding = answer(timing, 'wake', REPLIES.woke);
  const draining = answer(holding, 'hold', REPLIES.held);
  const fencing = answer(draining, 'drain', REPLIES.drained);
  const catchingUp = answer(fencing, 'fence', REPLIES.fenced);
  const reading = fencing.effects.find((effect) => effect.type === 'read-applied');
  if (reading === undefined || !('call' in reading)) throw new Error('nothing was read');
  const caughtUp = { ...REPLIES.applied, offset: 10, call: reading.call };
  const promoting = give(catchingUp, { ...caughtUp, at: 40 });
  // Held until the pause is nearly over, and yet just in time for a beat.
  const extending = give(catchingUp, { ...caughtUp, at: 447 });
  const retreating = give(catchingUp, { ...caughtUp, at: 55 });
  const resolving = answer(promoting, 'wake', REPLIES.woke);
  const marked: Sample = { machine: answer(promoting, 'mark', REPLIES.marked).machine, effects: promoting.effects };
  const redirecting = answer(marked, 'promote', REPLIES.promoted);
  const aborting = answer(promoting, 'promote', { type: 'failed', failure: { ...failure, kind: 'refused' } });
  const opening = answer(redirecting, 'redirect', REPLIES.redirected);
  const settling = answer(opening, 'open', REPLIES.opened);
  const unresolved = answer(resolving, 'wake', REPLIES.woke);
  const stopped = give(serving, { type: 'stop', at: 1 });
  const electing = give(serving, FAILOVER);
  const appointing = answer(electing, 'inspect', WITHOUT_MASTER);
  const all = [
    serving,
    inspecting,
    preparing,
    measuring,
    arranging,
    recording,
    timing,
    holding,
    draining,
    fencing,
    catchingUp,
    extending,
    retreating,
    promoting,
    resolving,
    redirecting,
    aborting,
    settling,
    unresolved,
    stopped,
    electing,
    appointing,
  ];
  return new Map(all.map((sample) => [sample.machine.state.type, sample]));
}

const SAMPLES = samples();

await t.test('every state can be reached', (t) => {
  t.strictSame([...SAMPLES.keys()].sort(), Object.keys(POSSIBLE).sort());
  t.end();
});

for (const [name, sample] of SAMPLES) {
  const calls = awaited(sample.machine.state);

  await t.test(`${name}: every command has an outcome, and none throws`, (t) => {
    for (const command of COMMANDS) {
      const next = give(sample, command);
      t.ok(next.machine.state.type in POSSIBLE, command.type);
      const isEnd = command.type === 'stop' || command.type === 'crashed';
      if (!isEnd || !CLOSED.includes(name)) continue;
      t.equal(next.effects.filter((effect) => effect.type === 'open').length, 1, `${command.type} opens the gate once`);
      const order = next.effects.map((effect) => effect.type);
      const isPast = ['promoting', 'resolving', 'redirecting'].includes(name);
      t.equal(order.includes('withdraw'), isPast, 'to nobody if the promotion may have run');
      if (isPast) t.ok(order.indexOf('withdraw') < order.indexOf('open'));
    }
    t.end();
  });

  await t.test(`${name}: takes the answers it waits for, and no others`, (t) => {
    for (const reply of Object.values(REPLIES)) {
      const outcomes = calls.map((call) => {
        try {
          return give(sample, { ...reply, call, at: 3 }).machine.state.type in POSSIBLE;
        } catch (error) {
          if (error instanceof ImpossibleTransition) return false;
          throw error;
        }
      });
      t.equal(outcomes.includes(true), POSSIBLE[name].includes(reply.type), reply.type);
    }
    t.end();
  });

  await t.test(`${name}: answers to earlier questions change nothing`, (t) => {
    const stale = [...Array.from({ length: sample.machine.lastCall }, (_, i) => i), 9_999].filter(
      (call) => !calls.includes(call),
    );
    for (const reply of Object.values(REPLIES)) {
      for (const call of stale) {
        const next = give(sample, { ...reply, call, at: 3 });
        if (next.machine !== sample.machine || next.effects.length > 0) t.fail(`${reply.type} ${call}`);
      }
    }
    t.pass();
    t.end();
  });
}

await t.test('a reading of the candidate does not give up before the hold does', (t) => {
  const fencing = samples().get('fencing');
  const patience = (sample: Sample | undefined): number => {
    const reading = sample?.effects.find((effect) => effect.type === 'read-applied');
    return reading !== undefined && 'timeoutMs' in reading ? reading.timeoutMs : 0;
  };
  const syncTimeoutMs = REQUEST.settings.syncTimeoutMs;
  t.ok(patience(fencing) > syncTimeoutMs, 'the first one');
  if (fencing === undefined) throw new Error('no sample');
  // Just before the deadline: whose fault it is that nothing is known must not hang on a millisecond.
  const late = answer(fencing, 'read-applied', { ...REPLIES.applied, offset: 9 }, syncTimeoutMs - 1);
  t.ok(patience(late) > 1, 'one that is sent at the last moment');
  t.end();
});

await t.test('a second request is turned away with the right reason', (t) => {
  const reasonIn = (name: StateName) => {
    const sample = SAMPLES.get(name);
    const effect =
      sample === undefined ? undefined : give(sample, REQUEST).effects.find((each) => each.type === 'answer');
    return effect?.type === 'answer' ? effect.report.reason : null;
  };
  t.equal(reasonIn('serving'), null);
  t.equal(reasonIn('draining'), 'in-progress');
  t.equal(reasonIn('settling'), 'in-progress', 'its operator is still waiting');
  t.equal(reasonIn('unresolved'), 'not-settled');
  t.equal(reasonIn('stopped'), 'shutting-down');
  t.end();
});
