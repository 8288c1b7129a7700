import type { NodeId } from '../../config/node-address.js';

/** The nodes of the shard, by their addresses. */
export class NodeSet<Node extends { readonly id: NodeId }> {
  readonly #nodes: ReadonlyMap<NodeId, Node>;

  constructor(nodes: readonly Node[]) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]));
  }

  get(id: NodeId): Node {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`${id} is not one of the configured nodes`);
    return node;
  }
}
