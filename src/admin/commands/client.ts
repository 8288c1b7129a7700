import { OK, error, text } from '../reply.js';
import { renderAdminClient, renderClient } from '../client-line.js';
import type { AdminCommand } from './command.js';
import { UsageError } from './argument-reader.js';

/** Redis' rule for names: printable ASCII without blanks, so that the lines of CLIENT LIST can be parsed. */
const PRINTABLE = /^[!-~]*$/;

const list: AdminCommand = {
  name: 'list',
  summary: 'The application clients: how long each is held and what it waits for',
  arguments: [],
  arity: 2,
  flags: ['readonly'],
  async run({ context }) {
    const clients = await context.ports.traffic.clients();
    return text(clients.map((client) => `${renderClient(client)}\n`).join(''));
  },
};

const info: AdminCommand = {
  name: 'info',
  summary: 'This admin connection, as a line of CLIENT LIST',
  arguments: [],
  arity: 2,
  flags: ['fast'],
  run({ session, context }) {
    return text(`${renderAdminClient(session, context.now())}\n`);
  },
};

const id: AdminCommand = {
  name: 'id',
  summary: 'The number of this admin connection',
  arguments: [],
  arity: 2,
  flags: ['fast'],
  run({ session }) {
    return session.id;
  },
};

const setName: AdminCommand = {
  name: 'setname',
  summary: 'Names this admin connection',
  arguments: [{ name: 'connection-name', type: 'string' }],
  arity: 3,
  flags: ['fast'],
  run({ args: [name = ''], session }) {
    if (!PRINTABLE.test(name)) {
      return error('ERR Client names cannot contain spaces, newlines or special characters.');
    }
    session.name = name;
    return OK;
  },
};

const getName: AdminCommand = {
  name: 'getname',
  summary: 'The name of this admin connection',
  arguments: [],
  arity: 2,
  flags: ['fast'],
  run({ session }) {
    return session.name === '' ? null : session.name;
  },
};

const setInfo: AdminCommand = {
  name: 'setinfo',
  summary: 'Tells which library this admin connection uses (client libraries send it by themselves)',
  arguments: [
    { name: 'attribute', type: 'string' },
    { name: 'value', type: 'string' },
  ],
  arity: 4,
  flags: ['fast'],
  run({ args: [attribute = '', value = ''], session }) {
    const known = attribute.toLowerCase();
    if (known !== 'lib-name' && known !== 'lib-ver') return error(`ERR Unrecognized option '${attribute}'`);
    if (!PRINTABLE.test(value)) return error(`ERR ${known} cannot contain spaces, newlines or special characters.`);
    if (known === 'lib-name') session.libName = value;
    else session.libVer = value;
    return OK;
  },
};

/** CLIENT LIST is about the applications; the other subcommands are what client libraries send when they connect. */
export const clientCommand: AdminCommand = {
  name: 'client',
  summary: 'The clients of the proxy, and this admin connection',
  arguments: [{ name: 'subcommand', type: 'string' }],
  arity: -2,
  flags: ['readonly'],
  subcommands: [list, info, id, setName, getName, setInfo],
  run() {
    throw new UsageError('the subcommand is missing');
  },
};
