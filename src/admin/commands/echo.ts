import type { AdminCommand } from './command.js';

/** Redis' ECHO. */
export const echoCommand: AdminCommand = {
  name: 'echo',
  summary: 'The message',
  arguments: [{ name: 'message', type: 'string' }],
  arity: 2,
  flags: ['fast'],
  run({ args: [message = ''] }) {
    return message;
  },
};
