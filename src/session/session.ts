import type { Identity } from './identity.js';

/** What a client is, apart from its connection: everything that must survive a change of upstream. */
export interface Session {
  identity: Identity;
  name: string;
  libName: string;
  libVer: string;
}

export function newSession(identity: Identity): Session {
  return { identity, name: '', libName: '', libVer: '' };
}
