import { OK } from '../reply.js';
import type { AdminCommand } from './command.js';

/** Redis' QUIT. */
export const quitCommand: AdminCommand = {
  name: 'quit',
  summary: 'Closes the connection',
  arguments: [],
  arity: -1,
  flags: ['fast', 'no_auth'],
  run({ session }) {
    session.closing = true;
    return OK;
  },
};
