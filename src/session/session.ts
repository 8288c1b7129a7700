import { INITIAL_IDENTITY, type Identity } from './identity.js';

/** What a client is, apart from its connection: everything that must survive a change of upstream. */
export interface Session {
  identity: Identity;
  name: string;
  libName: string;
  libVer: string;
}

export function newSession(): Session {
  return { identity: INITIAL_IDENTITY, name: '', libName: '', libVer: '' };
}
