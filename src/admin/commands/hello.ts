import type { AdminSession } from '../admin-session.js';
import { type Reply, type RespVersion, error, map } from '../reply.js';
import { parseInteger } from './argument-reader.js';
import type { AdminCommand, AdminContext } from './command.js';

/** Redis' HELLO: chooses the RESP version and may authenticate and name the connection on the way. */
export const helloCommand: AdminCommand = {
  name: 'hello',
  summary: 'Chooses the RESP version (2 or 3) and tells what server this is',
  arguments: [
    { name: 'protover', type: 'integer', optional: true },
    {
      name: 'auth',
      type: 'block',
      token: 'AUTH',
      optional: true,
      arguments: [
        { name: 'username', type: 'string' },
        { name: 'password', type: 'string' },
      ],
    },
    { name: 'clientname', type: 'string', token: 'SETNAME', optional: true },
  ],
  arity: -1,
  flags: ['fast', 'no_auth'],
  run({ args: [version, ...options], session, context }) {
    let resp: RespVersion = session.resp;
    if (version !== undefined) {
      const asked = parseInteger(version);
      if (asked === null) return error('ERR Protocol version is not an integer or out of range');
      if (asked !== 2 && asked !== 3) return error('NOPROTO unsupported protocol version');
      resp = asked;
    }
    const failure = applyOptions(options, session, context);
    if (failure !== null) return failure;
    session.resp = resp;
    return greeting(session, context);
  },
};

/** Nothing is changed unless every option is right. */
function applyOptions(options: readonly string[], session: AdminSession, context: AdminContext): Reply | null {
  let name = session.name;
  let authenticated = session.authenticated;
  for (let at = 0; at < options.length; at += 1) {
    const option = options[at] ?? '';
    const [first, second] = options.slice(at + 1);
    if (option.toUpperCase() === 'AUTH' && first !== undefined && second !== undefined) {
      if (!context.credentials.accepts(first, second)) {
        context.log.warn({ client: session.addr }, 'an admin client gave wrong credentials');
        return error('WRONGPASS invalid username-password pair or user is disabled.');
      }
      authenticated = true;
      at += 2;
    } else if (option.toUpperCase() === 'SETNAME' && first !== undefined) {
      if (!/^[!-~]*$/.test(first)) {
        return error('ERR Client names cannot contain spaces, newlines or special characters.');
      }
      name = first;
      at += 1;
    } else {
      return error(`ERR Syntax error in HELLO option '${option}'`);
    }
  }
  if (!authenticated) {
    return error(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    );
  }
  session.name = name;
  session.authenticated = true;
  return null;
}

function greeting(session: AdminSession, context: AdminContext): Reply {
  return map([
    ['server', 'holdfast'],
    ['version', context.build.version],
    ['proto', session.resp],
    ['id', session.id],
    ['mode', 'standalone'],
    ['role', 'master'],
    ['modules', []],
  ]);
}
