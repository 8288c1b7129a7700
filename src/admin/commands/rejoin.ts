import { OK, error } from '../reply.js';
import { ArgumentReader } from './argument-reader.js';
import type { AdminCommand } from './command.js';

/** Takes back a former master that `protect_diverged` keeps out. */
export const rejoinCommand: AdminCommand = {
  name: 'rejoin',
  summary: 'Takes a former master back that is kept out; the writes that only it has are lost',
  arguments: [
    { name: 'host', type: 'string' },
    { name: 'port', type: 'integer' },
  ],
  arity: 3,
  flags: ['admin'],
  run({ args, session, context }) {
    const reader = new ArgumentReader(args);
    const node = reader.node();
    reader.end();
    if (!context.ports.switchover.acceptLoss(node)) return error(`ERR ${node} is not kept out.`);
    context.log.warn(
      { node, client: session.addr },
      'an operator takes a node back; the writes that only it has are lost',
    );
    return OK;
  },
};
