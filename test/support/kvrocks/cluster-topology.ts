import { SLOTS } from './key-slot.js';

/** One line of `CLUSTERX SETNODES`. */
export interface ClusterNode {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Null: it is a master. */
  readonly masterId: string | null;
}

interface SlotRange {
  readonly start: number;
  readonly end: number;
  readonly owner: ClusterNode;
}

interface ParsedNodes {
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  /** Index: slot. */
  readonly owners: readonly (ClusterNode | undefined)[];
}

const NODE_ID_LENGTH = 40;
/** The port of Redis' cluster bus, which Kvrocks does not have and states all the same. */
const BUS_PORT_PLUS = 10_000;

/**
 * What one node of a Kvrocks cluster was told of the cluster. Nodes do not talk to each other about it: each knows what it was sent
 * last. Errors and texts are those of the recordings; what was not recorded (several masters, single slots, lines that are wrong) is
 * as `cluster.cc` of Kvrocks has it.
 */
export class ClusterTopology {
  /** Empty: not told yet. */
  myId = '';
  /** -1: no topology yet. */
  version = -1;
  /** What CLUSTER INFO says of slots that are on their way: lines of its text. Set by tests. */
  migration = '';
  #nodes: ParsedNodes = { nodes: new Map(), owners: [] };

  get nodes(): ReadonlyMap<string, ClusterNode> {
    return this.#nodes.nodes;
  }

  /** The node that this one is; null while it does not know, or is not in the cluster. */
  get myself(): ClusterNode | null {
    return this.nodes.get(this.myId) ?? null;
  }

  /** The master of this node; null when it is one itself. */
  get myMaster(): ClusterNode | null {
    return this.nodes.get(this.myself?.masterId ?? '') ?? null;
  }

  ownerOf(slot: number): ClusterNode | null {
    return this.#nodes.owners[slot] ?? null;
  }

  /**
   * @param port of this node: it finds out by that which line is its own, if nobody said so.
   * @returns an error; `ignored` for the version that is there already; else `changed`.
   */
  setNodes(
    text: string,
    version: number,
    isForced: boolean,
    port: number,
  ): 'changed' | 'ignored' | { readonly error: string } {
    if (version < 0 || (!isForced && version < this.version)) return { error: 'ERR Invalid cluster version' };
    if (!isForced && version === this.version) return 'ignored';
    const parsed = parseNodes(text);
    if (typeof parsed === 'string') return { error: `ERR ${parsed}` };
    this.version = version;
    this.#nodes = parsed;
    if (this.myId === '' || isForced) {
      this.myId = [...this.nodes.values()].find((node) => node.port === port)?.id ?? this.myId;
    }
    return 'changed';
  }

  /** `CLUSTER INFO` */
  get infoText(): string {
    const assigned = this.#nodes.owners.filter((owner) => owner !== undefined).length;
    const masters = new Set(this.#nodes.owners.filter((owner) => owner !== undefined));
    return [
      'cluster_state:ok',
      `cluster_slots_assigned:${assigned}`,
      `cluster_slots_ok:${assigned}`,
      'cluster_slots_pfail:0',
      'cluster_slots_fail:0',
      `cluster_known_nodes:${this.nodes.size}`,
      `cluster_size:${masters.size}`,
      `cluster_current_epoch:${this.version}`,
      `cluster_my_epoch:${this.version}`,
      this.migration,
    ].join('\r\n');
  }

  /** `CLUSTER NODES`. @param now wall time, ms. */
  nodesText(now: number): string {
    const lines = this.#listed().map((node) => {
      const flags = `${node.id === this.myId ? 'myself,' : ''}${node.masterId === null ? 'master' : 'slave'}`;
      const address = `${node.host}:${node.port}@${node.port + BUS_PORT_PLUS}`;
      const slots = this.#slotsText(node);
      const fields = [node.id, address, flags, node.masterId ?? '-', now - 1, now, this.version, 'connected'];
      return `${[...fields, ...(slots === '' ? [] : [slots])].join(' ')}\n`;
    });
    return lines.join('');
  }

  /** `CLUSTER SLOTS`, as values of RESP. */
  get slotTable(): readonly (readonly (number | readonly [host: string, port: number, id: string])[])[] {
    return this.#ranges().map(({ start, end, owner }) => {
      const replicas = this.#listed().filter(({ masterId }) => masterId === owner.id);
      return [start, end, ...[owner, ...replicas].map(({ host, port, id }) => [host, port, id] as const)];
    });
  }

  /** The lines as {@link setNodes} takes them. */
  get lines(): string {
    return [...this.nodes.values()]
      .map((node) => {
        const slots = this.#slotsText(node);
        const role = node.masterId === null ? ['master', '-'] : ['slave', node.masterId];
        return [node.id, node.host, node.port, ...role, ...(slots === '' ? [] : [slots])].join(' ');
      })
      .join('\n');
  }

  /** Kvrocks keeps them in a hash table, which lists a handful of nodes backwards. */
  #listed(): readonly ClusterNode[] {
    return [...this.nodes.values()].reverse();
  }

  #slotsText(node: ClusterNode): string {
    return this.#ranges()
      .filter(({ owner }) => owner === node)
      .map(({ start, end }) => (start === end ? String(start) : `${start}-${end}`))
      .join(' ');
  }

  #ranges(): readonly SlotRange[] {
    const ranges: SlotRange[] = [];
    const { owners } = this.#nodes;
    let start = 0;
    for (let slot = 1; slot <= SLOTS; slot++) {
      const owner = owners[start];
      if (slot < SLOTS && owners[slot] === owner) continue;
      if (owner !== undefined) ranges.push({ start, end: slot - 1, owner });
      start = slot;
    }
    return ranges;
  }
}

/** @returns an error when the text is not what Kvrocks takes. */
function parseNodes(text: string): ParsedNodes | string {
  const nodes = new Map<string, ClusterNode>();
  const owners: (ClusterNode | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [id = '', host = '', port = '', role = '', masterId = '', ...ranges] = line.split(' ').filter(Boolean);
    if (masterId === '') return 'Invalid cluster nodes info';
    if (id.length !== NODE_ID_LENGTH) return 'Invalid cluster node id';
    if (!/^\d+$/.test(port)) return 'Invalid cluster node port';
    if (!/^(master|slave|replica)$/i.test(role)) return 'Invalid cluster node role';
    const isMaster = /^master$/i.test(role);
    if (isMaster ? masterId !== '-' : masterId.length !== NODE_ID_LENGTH) return 'Invalid cluster node id';
    if (!isMaster && ranges.length > 0) return 'Invalid cluster nodes info';
    const node = { id, host, port: Number(port), masterId: isMaster ? null : masterId };
    nodes.set(id, node);
    for (const range of ranges) {
      const [start = -1, end = start] = range.split('-').map(Number);
      if (!(start >= 0 && start <= end && end < SLOTS)) return 'Slot is out of range';
      for (let slot = start; slot <= end; slot++) {
        if (owners[slot] !== undefined) return 'Slot distribution is overlapped';
        owners[slot] = node;
      }
    }
  }
  return nodes.size === 0 ? 'Invalid cluster nodes info' : { nodes, owners };
}
