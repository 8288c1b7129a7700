import type { NodePair } from '../../config/kinds.js';
import { formatNodeId, parseNodeId, type NodeAddress, type NodeId } from '../../config/node-address.js';

/**
 * What cluster clients are told instead of the addresses of nodes, so that they stay on the proxies. An address is known by
 * its spelling: the nodes have to be configured as the cluster spells them.
 */
export class Announcement {
  readonly #proxies = new Map<NodeId, NodeAddress>();

  /**
   * @param announce where applications reach this Holdfast; stands for all nodes of its own shard.
   * @param nodes the own shard.
   * @param others nodes of the other shards, or other spellings of the own ones.
   */
  constructor(announce: NodeId, nodes: readonly NodeId[], others: readonly NodePair[]) {
    const own = nodes.map((node) => ({ node, proxy: announce }));
    for (const { node, proxy } of [...own, ...others]) {
      const address = parseNodeId(proxy);
      if (address !== null) this.#proxies.set(node, address);
    }
  }

  /** @returns null for a node that nobody stands in front of. */
  proxyOf(host: string, port: number): NodeAddress | null {
    return this.#proxies.get(formatNodeId(host, port)) ?? null;
  }

  /**
   * A redirection (`-MOVED slot host:port`, `-ASK …`) to a node that a proxy stands in front of, as one to that proxy.
   *
   * @param bytes an error of the server at `bytes[start … end)`.
   * @returns null when it is to be passed on as it is.
   */
  readonly editError = (bytes: Buffer, start: number, end: number): Buffer | null => {
    const second = bytes[start + 1];
    if (second !== M && second !== A) return null;
    const match = /^-(MOVED|ASK) (\d+) (\S+):(\d+)\r\n$/.exec(bytes.toString('latin1', start, end));
    if (match === null) return null;
    const [, kind = '', slot = '', host = '', port = ''] = match;
    const proxy = this.proxyOf(host, Number(port));
    return proxy === null ? null : Buffer.from(`-${kind} ${slot} ${proxy.host}:${proxy.port}\r\n`, 'latin1');
  };
}

const M = 77;
const A = 65;
