import { status } from '../reply.js';
import type { AdminCommand } from './command.js';

/** Redis' RESET: the connection is as it was when it was new; AUTH is needed again. */
export const resetCommand: AdminCommand = {
  name: 'reset',
  summary: 'Makes the connection as new',
  arguments: [],
  arity: 1,
  flags: ['fast', 'no_auth'],
  run({ session, context }) {
    session.resp = 2;
    session.name = '';
    session.authenticated = !context.credentials.required;
    return status('RESET');
  },
};
