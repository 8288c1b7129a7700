import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { parseNodeId, type NodeId } from '../config/node-address.js';

/**
 * Which of `nodes` is meant by an address as somebody else spells it: an IP address where the configuration has a name, or
 * the other way round. Names are looked up each time, because they move.
 *
 * @returns `null` when it is none of them.
 */
export async function findNode(spelled: NodeId, nodes: readonly NodeId[]): Promise<NodeId | null> {
  if (nodes.includes(spelled)) return spelled;
  const wanted = parseNodeId(spelled);
  if (wanted === null) return null;
  const there = await addressesOf(wanted.host);
  for (const node of nodes) {
    const address = parseNodeId(node);
    if (address === null || address.port !== wanted.port) continue;
    const here = await addressesOf(address.host);
    if (here.some((each) => there.includes(each))) return node;
  }
  return null;
}

/** What can not be looked up has no address at the moment. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
