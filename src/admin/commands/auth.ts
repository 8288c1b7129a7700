import { OK, error } from '../reply.js';
import type { AdminCommand } from './command.js';

/** Redis' AUTH, for the one user there is. */
export const authCommand: AdminCommand = {
  name: 'auth',
  summary: 'Proves who asks; the user is `default`',
  arguments: [
    { name: 'username', type: 'string', optional: true },
    { name: 'password', type: 'string' },
  ],
  arity: -2,
  flags: ['fast', 'no_auth'],
  run({ args, session, context }) {
    const { credentials } = context;
    if (args.length > 2) return error('ERR syntax error');
    if (args.length === 1 && !credentials.required) {
      return error(
        'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      );
    }
    const [user, password] = args.length === 1 ? ['default', args[0]] : args;
    if (!credentials.accepts(user ?? '', password ?? '')) {
      context.log.warn({ client: session.addr }, 'an admin client gave wrong credentials');
      return error('WRONGPASS invalid username-password pair or user is disabled.');
    }
    session.authenticated = true;
    return OK;
  },
};
