import { ANNOUNCE_RULES } from './announce-rules.js';
import { CONTROLLER_RULES } from './controller-rules.js';
import { FAILOVER_RULES } from './failover-rules.js';
import { formatListenAddress, isLoopbackHost, isWildcardHost, type ListenAddress } from './listen-address.js';
import { parseNodeId } from './node-address.js';
import type { Rule } from './rule.js';
import { SENTINEL_RULES } from './sentinel-rules.js';
import type { Config } from './settings.js';
import { TLS_RULES } from './tls-rules.js';

/** The rules that no single setting can state, each with what would happen otherwise. */
export const RULES: readonly Rule[] = [
  {
    // The pause would end before the promotion: the old master would take writes that are then lost.
    needs: ['pauseTimeoutMs', 'syncTimeoutMs', 'promoteTimeoutMs'],
    judge: ({ pauseTimeoutMs, syncTimeoutMs, promoteTimeoutMs }) =>
      pauseTimeoutMs > syncTimeoutMs + promoteTimeoutMs
        ? []
        : [
            `pause_timeout_ms (${pauseTimeoutMs}) must be more than sync_timeout_ms (${syncTimeoutMs}) + promote_timeout_ms (${promoteTimeoutMs})`,
          ],
  },
  {
    needs: ['retryMinMs', 'retryMaxMs'],
    judge: ({ retryMinMs, retryMaxMs }) =>
      retryMinMs <= retryMaxMs
        ? []
        : [`retry_min_ms (${retryMinMs}) must not be more than retry_max_ms (${retryMaxMs})`],
  },
  {
    needs: ['nodes'],
    judge: ({ nodes }) =>
      [...new Set(nodes.filter((node, index) => nodes.indexOf(node) !== index))].map(
        (node) => `node ${node} is given more than once`,
      ),
  },
  {
    needs: ['listen', 'admin', 'http'],
    judge: (config) => {
      const own = ownAddresses(config);
      return own.flatMap(([name, address], index) =>
        own
          .slice(index + 1)
          .filter(([, other]) => collide(address, other))
          .map(
            ([otherName, other]) =>
              `${name} ${formatListenAddress(address)} and ${otherName} ${formatListenAddress(other)} want the same port`,
          ),
      );
    },
  },
  {
    // Holdfast would connect to itself, for ever.
    needs: ['nodes', 'listen', 'admin', 'http'],
    judge: (config) =>
      config.nodes.flatMap((node) => {
        const address = parseNodeId(node);
        if (address === null) return [];
        return ownAddresses(config)
          .filter(([, own]) => own.kind === 'tcp' && reaches(address, own))
          .map(([name, own]) => `node ${node} is Holdfast itself (${name} ${formatListenAddress(own)})`);
      }),
  },
  {
    // Whoever reaches the admin port can move the master.
    needs: ['admin', 'adminPassword'],
    judge: ({ admin, adminPassword }) =>
      admin.kind === 'unix' || isLoopbackHost(admin.host) || adminPassword !== null
        ? []
        : [
            `admin ${formatListenAddress(admin)} is not on loopback: admin_password (or admin_password_file) must be set`,
          ],
  },
  {
    needs: ['nodeUsername', 'nodePassword'],
    judge: ({ nodeUsername, nodePassword }) =>
      nodeUsername !== null && nodePassword === null
        ? [`node_username ${JSON.stringify(nodeUsername)} needs node_password (or node_password_file)`]
        : [],
  },
  ...ANNOUNCE_RULES,
  ...CONTROLLER_RULES,
  ...FAILOVER_RULES,
  ...TLS_RULES,
  ...SENTINEL_RULES,
];

function ownAddresses({ listen, admin, http }: Config): readonly (readonly [string, ListenAddress])[] {
  return [...listen.map((address) => ['listen', address] as const), ['admin', admin], ['http', http]];
}

/** Port 0 is a free one each time, so two of them do not collide. */
function collide(a: ListenAddress, b: ListenAddress): boolean {
  if (a.kind === 'unix' || b.kind === 'unix') return a.kind === 'unix' && b.kind === 'unix' && a.path === b.path;
  return (
    a.port !== 0 && a.port === b.port && (sameHost(a.host, b.host) || isWildcardHost(a.host) || isWildcardHost(b.host))
  );
}

function reaches(node: { readonly host: string; readonly port: number }, own: { host: string; port: number }): boolean {
  if (own.port !== node.port) return false;
  return sameHost(node.host, own.host) || (isWildcardHost(own.host) && isLoopbackHost(node.host.toLowerCase()));
}

/** `localhost` and its usual addresses are one place. */
function sameHost(a: string, b: string): boolean {
  const plain = (host: string): string => (['localhost', '::1'].includes(host.toLowerCase()) ? '127.0.0.1' : host);
  return plain(a).toLowerCase() === plain(b).toLowerCase();
}
