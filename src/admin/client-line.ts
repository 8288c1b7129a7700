import type { AdminSession } from './admin-session.js';
import type { ClientView } from './ports.js';

/** One application client as a line of Redis' CLIENT LIST, with what Holdfast adds at its end. */
export function renderClient(client: ClientView): string {
  return renderFields({
    id: client.id,
    addr: client.addr,
    laddr: client.laddr,
    name: client.name,
    age: Math.floor(client.ageMs / 1000),
    idle: Math.floor(client.idleMs / 1000),
    db: client.db,
    cmd: client.lastCommand || 'NULL',
    user: client.user,
    resp: client.resp,
    'lib-name': client.libName,
    'lib-ver': client.libVer,
    upstream: client.upstream,
    waits: client.waitsFor,
    'held-ms': Math.round(client.heldMs),
    ...(client.worker === undefined ? {} : { worker: client.worker }),
  });
}

/** An admin connection in the same form. */
export function renderAdminClient(session: AdminSession, nowMs: number): string {
  return renderFields({
    id: session.id,
    addr: session.addr,
    laddr: session.laddr,
    name: session.name,
    age: Math.floor((nowMs - session.connectedAtMs) / 1000),
    idle: 0,
    db: 0,
    cmd: 'client|info',
    user: 'default',
    resp: session.resp,
    'lib-name': session.libName,
    'lib-ver': session.libVer,
  });
}

function renderFields(fields: Readonly<Record<string, string | number>>): string {
  // A blank or a line break in a value would look like another field or another client.
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${String(value).replaceAll(/\s+/g, '_')}`)
    .join(' ');
}
