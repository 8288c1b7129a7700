import { OK, error } from '../reply.js';
import type { AdminCommand } from './command.js';

/** Ends a HOLD. A switchover that runs keeps its own hold. */
export const releaseCommand: AdminCommand = {
  name: 'release',
  summary: 'Ends a HOLD; a running switchover goes on holding',
  arguments: [],
  arity: 1,
  flags: ['admin'],
  async run({ session, context }) {
    if (!(await context.ports.traffic.releaseByHand())) return error('ERR No hold in progress.');
    context.log.info({ client: session.addr }, 'an operator released the writes');
    return OK;
  },
};
