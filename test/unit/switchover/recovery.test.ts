import t from 'tap';
import type { RoleFacts, RoleReading, SwitchState } from '../../../src/switchover/ports.js';
import { planRecovery } from '../../../src/switchover/recovery.js';
import { fakeReport } from '../admin/fake-ports.js';
import { A, B, C } from './harness.js';

const M: RoleFacts = { role: 'master', offset: 1 };
const R: RoleFacts = { role: 'replica', offset: 1 };
const intent = { id: 'x', from: A, to: B, startedAt: '' };
const unfinished: SwitchState = { version: 1, epoch: 1, master: A, intent, history: [] };
const finished: SwitchState = { ...unfinished, intent: null };
/** The old master is demoted, and another replica was not re-pointed yet. */
const unsettled: SwitchState = {
  ...finished,
  history: [fakeReport({ id: 'x', oldMaster: A, newMaster: B, settled: false })],
};

const second: SwitchState = { ...unfinished, intent: { ...intent, from: B, to: C, unplanned: true, former: [A] } };

const connection = { id: '7', addr: '127.0.0.1:4711' };
const sent: SwitchState = { ...unfinished, intent: { ...intent, connection } };
const secondSent: SwitchState = {
  ...second,
  intent: { id: 'x', from: B, to: C, startedAt: '', unplanned: true, former: [A], connection },
};
/** Two attempts to replace A: the second one follows the first, of which nobody knows whether it has promoted B. */
const again = { ...intent, id: 'z', to: C, unplanned: true, former: [B] } as const;
const twice: SwitchState = { ...unfinished, intent: { ...again, unfinished: sent.intent ?? undefined } };
const twiceSent: SwitchState = { ...twice, intent: { ...again, connection, unfinished: sent.intent ?? undefined } };
/** What the candidate had is known. */
const known: SwitchState = { ...unfinished, intent: { ...intent, had: { offset: 100, replId: 'x' } } };
const promotedWell: RoleReading = { role: 'master', offset: 100, replId: 'y', replId2: 'x' };
const empty: RoleReading = { role: 'master', offset: 0, replId: 'z' };
/** It has come back empty, and has been written to since. */
const anew: RoleReading = { ...empty, offset: 5000 };
const served: SwitchState = { ...known, history: [fakeReport({ id: 'x', oldMaster: A, newMaster: B })] };

const CASES: readonly [string, SwitchState | null, (RoleReading | null)[], object][] = [
  ['a first start with one master', null, [M, R, R], { type: 'serve', master: A }],
  ['one master, others silent', finished, [null, M, null], { type: 'serve', master: B }],
  [
    'a switch that has not settled',
    unsettled,
    [R, M, R],
    { type: 'finish', master: B, intent: { id: 'x', from: A, to: B } },
  ],
  ['the same, and somebody has moved the master since', unsettled, [M, R, R], { type: 'serve', master: A }],
  ['no master', finished, [R, R, R], { type: 'wait', problem: 'no-master' }],
  ['nobody answers', null, [null, null, null], { type: 'wait', problem: 'no-master' }],
  ['two masters and no intent', finished, [M, M, R], { type: 'two-masters', masters: [A, B] }],
  ['intent: both are masters', unfinished, [M, M, R], { type: 'finish', master: B }],
  ['intent: only the new one is', unfinished, [R, M, R], { type: 'finish', master: B }],
  ['intent: only the new one answers', unfinished, [null, M, null], { type: 'finish', master: B }],
  ['intent: only the old one is', unfinished, [M, R, R], { type: 'undo', master: A }],
  ['intent: the new one is silent', unfinished, [M, null, R], { type: 'wait', problem: 'intent-unclear' }],
  ['intent: neither is', unfinished, [R, R, R], { type: 'wait', problem: 'no-master' }],
  ['intent: a third one is, alone', unfinished, [R, R, M], { type: 'serve', master: C }],
  ['a lost master came back before its failover was done', second, [M, null, M], { type: 'finish', master: C }],
  ['a lost master came back, and the last promotion is unclear', second, [M, null, null], { problem: 'no-master' }],
  ['a lost master and the one behind it are back', second, [M, M, null], { problem: 'intent-unclear' }],
  [
    'the last promotion did not run: the one before it still counts',
    second,
    [M, M, R],
    { type: 'finish', master: B, intent: { from: A, to: B, unplanned: true, former: [] } },
  ],
  ['the last promotion did not run, and only a lost master is back', second, [M, null, R], { problem: 'no-master' }],
  ['what was sent may yet run', sent, [M, R, R], { type: 'recall', connection }],
  ['the same, and it has run', sent, [M, M, R], { type: 'finish', master: B }],
  ['the same, and the candidate is silent', sent, [M, null, R], { problem: 'intent-unclear' }],
  ['what was sent last may yet run, and a lost master is back', secondSent, [M, M, R], { type: 'recall' }],
  ['the second attempt did not run, the first one is undecided', twice, [M, null, R], { type: 'give-up' }],
  ['the same, and the first one ran', twice, [null, M, R], { type: 'give-up', intent: { id: 'z' } }],
  ['the same, and the second one may yet run', twiceSent, [null, M, R], { type: 'recall', intent: { id: 'z' } }],
  ['the same, and its candidate is silent', twiceSent, [M, R, null], { problem: 'intent-unclear' }],
  ['the same, and it has run', twiceSent, [M, M, M], { type: 'finish', master: C }],
  ['the candidate has what it had', known, [M, promotedWell, R], { type: 'finish', master: B }],
  ['the candidate has come back empty', known, [M, empty, R], { problem: 'intent-unclear' }],
  ['the same, and the old master is silent', known, [null, empty, R], { problem: 'intent-unclear' }],
  ['the same, and it has been written to', known, [M, anew, R], { problem: 'intent-unclear' }],
  ['the same, and the old master follows', known, [R, empty, R], { type: 'finish', master: B }],
  ['the same, and clients were led to it', served, [M, empty, R], { type: 'finish', master: B }],
  ['a person has made it a replica', known, [M, R, R], { type: 'undo', master: A }],
  ['intent: a third one is, too', unfinished, [M, R, M], { type: 'two-masters', masters: [A, C] }],
];

for (const [name, state, [a, b, c], plan] of CASES) {
  await t.test(name, (t) => {
    t.match(
      planRecovery(
        state,
        new Map([
          [A, a ?? null],
          [B, b ?? null],
          [C, c ?? null],
        ]),
      ),
      plan,
    );
    t.end();
  });
}
