import { status } from '../reply.js';
import { ArgumentReader } from './argument-reader.js';
import type { AdminCommand } from './command.js';

/** Says that the admin port is alive. */
export const pingCommand: AdminCommand = {
  name: 'ping',
  summary: 'PONG, or the message',
  arguments: [{ name: 'message', type: 'string', optional: true }],
  arity: -1,
  flags: ['fast'],
  run({ args }) {
    const reader = new ArgumentReader(args);
    if (reader.done) return status('PONG');
    const message = reader.string('message');
    reader.end();
    return message;
  },
};
