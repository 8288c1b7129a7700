import { alarmsOf } from '../alarms.js';
import { type Reply, map } from '../reply.js';
import type { AdminCommand, CommandCall } from './command.js';

/** All that an operator wants to know first. */
export const statusCommand: AdminCommand = {
  name: 'status',
  summary: 'The state of the switch, the gate, the traffic and what needs a human',
  arguments: [],
  arity: 1,
  flags: ['readonly'],
  run: statusReply,
};

async function statusReply({ context }: CommandCall): Promise<Reply> {
  const { switchover, topology, traffic, doors, failover } = context.ports;
  const counters = await traffic.counters();
  const status = switchover.status();
  const last = switchover.history().at(-1);
  return map([
    ['version', context.build.version],
    ['master', topology.master() ?? ''],
    ['problem', topology.problem()],
    ['state', status.state],
    ['id', status.id ?? ''],
    ['from', status.from ?? ''],
    ['to', status.to ?? ''],
    ['epoch', status.epoch],
    ['stall_us', status.stallUs],
    ['gate', traffic.gateHolders().length === 0 ? 'open' : 'closed'],
    ['gate_holders', traffic.gateHolders()],
    ['clients', counters.clients.connected],
    ['workers', counters.workers.serving],
    ['held_clients', counters.clients.held],
    ['held_commands', counters.held.waiting],
    ['held_bytes', counters.held.bytes],
    ['unsettled', map(status.unsettled.map(({ node, why }) => [node, why]))],
    ['alarms', alarmsOf(context.ports)],
    ['state_problem', status.stateProblem],
    ['failover', failover === null ? 'off' : 'auto'],
    ['failover_problem', failover?.problem() ?? ''],
    ['tls_problem', doors.certificateProblem()],
    ['last_id', last?.id ?? ''],
    ['last_outcome', last?.outcome ?? ''],
    ['last_reason', last?.reason ?? ''],
    ['last_stall_us', last?.stallUs ?? 0],
  ]);
}
