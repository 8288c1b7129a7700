import { makeIdentity, type Identity } from './identity.js';

/** What AUTH, HELLO or SELECT asks for. */
export interface IdentityRequest {
  readonly target: Identity;
  /** `SETNAME` of HELLO. */
  readonly name?: string;
}

/**
 * The identity that a client will have when the server says yes to `args`.
 *
 * @param args the whole request, name first.
 * @param onlyUser the one user that HELLO can name, or leave out, and that AUTH may not be able to name; null: any.
 * @returns `null` when the request is not well formed: then the server only has to say so, on any connection that may
 * be thrown away afterwards (some versions act on the first half of a malformed HELLO).
 */
export function requestedIdentity(
  current: Identity,
  args: readonly Buffer[],
  onlyUser: string | null,
): IdentityRequest | null {
  switch (args[0]?.toString('latin1').toLowerCase()) {
    case 'auth':
      return args.length === 2 || args.length === 3
        ? { target: makeIdentity(args.slice(1), current.resp, current.db) }
        : null;
    case 'select': {
      const db = args[1]?.toString('latin1') ?? '';
      // More digits than any server has databases.
      return args.length === 2 && /^(0|[1-9]\d{0,8})$/.test(db)
        ? { target: makeIdentity(current.auth, current.resp, Number(db), current.generation) }
        : null;
    }
    case 'hello':
      return requestedByHello(current, args, onlyUser);
    default:
      return null;
  }
}

function requestedByHello(current: Identity, args: readonly Buffer[], onlyUser: string | null): IdentityRequest | null {
  if (args.length === 1) return { target: current };
  const version = args[1]?.toString('latin1');
  if (version !== '2' && version !== '3') return null;
  let auth = current.auth;
  let name: string | undefined;
  for (let at = 2; at < args.length;) {
    const option = args[at]?.toString('latin1').toLowerCase();
    const first = args[at + 1];
    const second = args[at + 2];
    const wordsBehind = args.length - at - 1;
    // Behind a password alone nothing may follow but a name for the connection.
    const isUnnamed = onlyUser !== null && wordsBehind % 2 === 1;
    if (option === 'auth' && first !== undefined && isUnnamed) {
      auth = [first];
      at += 2;
    } else if (option === 'auth' && first !== undefined && second !== undefined) {
      const isOnlyUser = first.toString('latin1') === onlyUser;
      if (onlyUser !== null && !isOnlyUser) return null;
      auth = isOnlyUser ? [second] : [first, second];
      at += 3;
    } else if (option === 'setname' && first !== undefined) {
      name = first.toString('latin1');
      at += 2;
    } else {
      return null;
    }
  }
  const target = makeIdentity(auth, version === '3' ? 3 : 2, current.db, current.generation);
  return name === undefined ? { target } : { target, name };
}
