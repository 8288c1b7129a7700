import t from 'tap';
import type { RoleFacts, SwitchState } from '../../../src/switchover/ports.js';
import { planRecovery } from '../../../src/switchover/recovery.js';
import { A, B, C } from './harness.js';

const M: RoleFacts = { role: 'master', offset: 1 };
const R: RoleFacts = { role: 'replica', offset: 1 };
const intent = { id: 'x', from: A, to: B, startedAt: '' };
const unfinished: SwitchState = { version: 1, epoch: 1, master: A, intent, history: [] };
const finished: SwitchState = { ...unfinished, intent: null };

const CASES: readonly [string, SwitchState | null, (RoleFacts | null)[], object][] = [
  ['a first start with one master', null, [M, R, R], { type: 'serve', master: A }],
  ['one master, others silent', finished, [null, M, null], { type: 'serve', master: B }],
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
