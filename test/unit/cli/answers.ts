import type { FakeReply } from './fake-admin.js';

/** The answer to SWITCHOVER, with changes. */
export function report(changes: Readonly<Record<string, FakeReply>> = {}): FakeReply {
  return flat({
    id: 's-1',
    outcome: 'switched',
    old_master: '127.0.0.1:7000',
    new_master: '127.0.0.1:7001',
    epoch: 4,
    stall_us: 1874,
    predicted_stall_us: 1500,
    drain_us: 300,
    fence_us: 250,
    catchup_us: 400,
    promote_us: 500,
    redirect_us: 60,
    offset: 123456,
    offset_gap: 0,
    held_clients: 50,
    held_commands: 41,
    resync: ['127.0.0.1:7000', 'partial', '127.0.0.1:7002', 'partial'],
    settled: 'yes',
    notes: [],
    ...changes,
  });
}

/** The answer to STATUS, with changes. */
export function statusReply(changes: Readonly<Record<string, FakeReply>> = {}): FakeReply {
  return flat({
    version: '0.1.0',
    master: '127.0.0.1:7000',
    problem: '',
    state: 'serving',
    id: '',
    from: '',
    to: '',
    epoch: 3,
    stall_us: 0,
    gate: 'open',
    gate_holders: [],
    clients: 50,
    held_clients: 0,
    held_commands: 0,
    held_bytes: 0,
    unsettled: [],
    alarms: [],
    last_id: '',
    last_outcome: '',
    last_reason: '',
    last_stall_us: 0,
    ...changes,
  });
}

/** A map in RESP2. */
export function flat(fields: Readonly<Record<string, FakeReply>>): FakeReply {
  return Object.entries(fields).flat();
}
