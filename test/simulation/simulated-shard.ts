import type { Network } from './world/network.js';
import { SimServer } from './server/sim-server.js';
import type { Scenario } from './scenario.js';

/** The servers of one shard. */
export class SimulatedShard {
  readonly servers: readonly SimServer[];

  /** The first is the master, the others follow it. */
  constructor(network: Network, { servers, pingMs, backlogBytes }: Scenario) {
    this.servers = Array.from({ length: servers }, (_, index) => {
      const server = new SimServer(`10.0.0.${index + 1}:6379`, network, index + 1);
      server.stream.pingMs = pingMs;
      server.stream.backlogBytes = backlogBytes;
      return server;
    });
    const [master, ...replicas] = this.servers;
    for (const replica of replicas) {
      replica.configured = master?.address ?? '';
      replica.follow(replica.configured);
    }
  }

  get masters(): readonly SimServer[] {
    return this.servers.filter((server) => server.process.alive && server.isMaster);
  }

  /** One master, which all others follow and whose data all have. */
  get settled(): boolean {
    const [master, ...others] = this.masters;
    if (master === undefined || others.length > 0) return false;
    return this.servers.every((server) => {
      if (server === master) return true;
      const { upstream, stream } = server;
      return (
        upstream.state === 'connected' && upstream.master === master.address && stream.offset === master.stream.offset
      );
    });
  }

  get condition(): string {
    return this.servers
      .map(({ address, upstream, stream, process }) => {
        const role = upstream.master === '' ? 'master' : `${upstream.state} to ${upstream.master}`;
        return `${address} ${process.alive ? role : 'dead'} @${stream.offset}`;
      })
      .join(', ');
  }
}
