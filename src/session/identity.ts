import { encodeRequest } from '../resp/encode.js';

/**
 * Who a connection speaks as: what AUTH, HELLO and SELECT bind it to. Clients of equal identity may share a lane;
 * the password is part of it, so that a wrong one never finds somebody else's lane.
 */
export interface Identity {
  /** Arguments of AUTH, one (password) or two (user, password); `null` before any AUTH. */
  readonly auth: readonly Buffer[] | null;
  readonly resp: 2 | 3;
  readonly db: number;
  /** Before any AUTH: how often the default user had begun or ceased to need a password when the client came; else 0. */
  readonly generation: number;
  /** Asks for RESP3 and takes RESP2 where the server has the other switched off: for questions whether it has. */
  readonly asksOnly: boolean;
  /** Equal for equal identities; never logged, it contains the password. */
  readonly key: string;
}

export function makeIdentity(auth: readonly Buffer[] | null, resp: 2 | 3, db: number, generation = 0): Identity {
  const who = auth === null ? `-${generation}` : auth.map((part) => part.toString('hex')).join(':');
  const key = `${resp}/${db}/${who}`;
  return { auth, resp, db, generation: auth === null ? generation : 0, asksOnly: false, key };
}

/** The same, on connections on which nothing but HELLO is said. */
export function askingOnly(identity: Identity): Identity {
  return { ...identity, asksOnly: true, key: `${identity.key}?` };
}

/** How a connection begins: default user, RESP2, database 0. */
export const INITIAL_IDENTITY = makeIdentity(null, 2, 0);

/** The user that an identity speaks as, for CLIENT LIST. */
export function userOf(identity: Identity): string {
  const [first, second] = identity.auth ?? [];
  return first !== undefined && second !== undefined ? first.toString() : 'default';
}

/** The requests that bring a fresh connection to `identity`; each is answered by one reply, and none may be an error. */
export function handshakeOf(identity: Identity): readonly Buffer[] {
  const requests: Buffer[] = [];
  if (identity.auth !== null) requests.push(encodeRequest(['AUTH', ...identity.auth]));
  if (identity.resp === 3) requests.push(encodeRequest(['HELLO', '3']));
  if (identity.db !== 0) requests.push(encodeRequest(['SELECT', String(identity.db)]));
  return requests;
}
