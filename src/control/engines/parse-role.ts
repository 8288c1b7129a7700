import { formatNodeId } from '../../config/node-address.js';
import type { RoleFacts } from '../../switchover/ports.js';
import type { Reply } from '../node-link.js';

/**
 * Reads the reply of ROLE: `["master", offset, replicas]` or `["slave", host, port, state, offset]`, where state is
 * connect, connecting, handshake, sync or connected, and the offset is -1 while there is no link.
 *
 * @returns null when the reply is neither (a Sentinel answers ROLE as well).
 */
export function parseRole(reply: Reply): RoleFacts | null {
  if (!Array.isArray(reply)) return null;
  const [kind, second, third, fourth, fifth] = reply as readonly Reply[];
  if (kind === 'master') return { role: 'master', offset: Number(second) };
  if (kind !== 'slave') return null;
  return {
    role: 'replica',
    offset: Number(fifth),
    follows: {
      node: formatNodeId(String(second), Number(third)),
      linkUp: fourth === 'connected',
      syncing: fourth === 'sync',
    },
  };
}
