import type { Fault } from './scenario.js';
import type { SimServer } from './server/sim-server.js';
import type { Simulation } from './simulation.js';
import type { Endpoint } from './world/endpoint.js';
import type { SimProcess } from './world/sim-process.js';

/** Breaks something now, and repairs it after `lastsMs`. */
export function disturb(simulation: Simulation, fault: Fault, lastsMs: number): void {
  const { loop, network, shard, hand, disk } = simulation;
  const { dice } = loop;
  const later = (repair: () => void): void => void loop.after(hand, lastsMs, `end of ${fault}`, repair);
  const server = dice.pick(shard.servers);
  const note = (what: string): void => simulation.note(`FAULT ${fault} ${what} for ${lastsMs.toFixed(1)} ms`);
  switch (fault) {
    case 'break-client': {
      const application = dice.pick(simulation.applications);
      note(application.name);
      application.breakConnection();
      return;
    }
    case 'break-link':
    case 'break-lane': {
      const [master] = shard.masters;
      const isWanted = ({ process, remote }: Endpoint): boolean =>
        fault === 'break-link' || (process === simulation.holdfast.process && remote === master?.address);
      const some = [...network.connections].filter(isWanted);
      if (some.length === 0) return;
      const endpoint = dice.pick(some);
      note(`${endpoint.local} to ${endpoint.remote}`);
      endpoint.reset();
      return;
    }
    case 'freeze-server':
      note(server.address);
      freeze(simulation, server.process, later);
      return;
    case 'freeze-holdfast':
      note('');
      freeze(simulation, simulation.holdfast.process, later);
      return;
    case 'kill-server':
    case 'kill-master': {
      const victim = fault === 'kill-server' ? server : (shard.masters[0] ?? server);
      note(victim.address);
      victim.kill();
      later(() => victim.restart());
      return;
    }
    case 'kill-holdfast':
      if (!simulation.holdfast.process.alive) return;
      note('');
      simulation.crashHoldfast(lastsMs);
      return;
    case 'cut-from-holdfast': {
      const { process } = simulation.holdfast;
      note(server.address);
      network.cut(process, server.process);
      later(() => network.heal(process, server.process));
      return;
    }
    case 'cut-replication': {
      const other = dice.pick(shard.servers);
      note(`${server.address} and ${other.address}`);
      network.cut(server.process, other.process);
      later(() => network.heal(server.process, other.process));
      return;
    }
    case 'full-disk':
      note('');
      disk.full = true;
      later(() => (disk.full = false));
      return;
    case 'abort-switch':
      simulation.note('ABORT');
      simulation.holdfast.abort();
      return;
    case 'second-operator':
      simulation.orderSwitch(server.address);
      return;
    case 'careful-human':
      note(`to ${server.address}`);
      moveByHand(simulation, server);
  }
}

function freeze({ loop }: Simulation, process: SimProcess, later: (repair: () => void) => void): void {
  process.frozen = true;
  later(() => {
    process.frozen = false;
    loop.thaw(process);
  });
}

/** Somebody else moves the master, as it should be done: pause, wait, promote, demote. */
function moveByHand(simulation: Simulation, to: SimServer): void {
  const { shard, loop, hand } = simulation;
  const [from] = shard.masters;
  const isPossible = from !== undefined && from !== to && to.process.alive && shard.masters.length === 1;
  if (!isPossible || to.upstream.master !== from.address) return;
  from.pause.begin(100);
  const look = (left: number): void => {
    const canGoOn = from.process.alive && to.process.alive && from.isMaster && from.pause.active;
    if (!canGoOn || left === 0 || to.upstream.state !== 'connected') return;
    if (to.stream.id !== from.stream.id || to.stream.offset < from.stream.offset) {
      loop.after(hand, 0.5, 'human waits', () => look(left - 1));
      return;
    }
    to.follow('');
    for (const other of shard.servers) if (other !== to && other.process.alive) other.follow(to.address);
    for (const each of shard.servers) if (each.process.alive) each.configured = each.upstream.master;
    from.pause.end();
    from.afterCommand();
  };
  look(100);
}

/** What Holdfast leaves to people, and says so in NODES or the log; how often they had to. */
export type ByHand = 'promoted' | 'demoted' | 're-pointed';

/**
 * A person looks after the shard when nothing moves any more.
 * - Nobody is a master: as when one that was promoted a moment ago dies, and comes back with the role that its file says.
 * - Another one than the served is a master too, or somebody follows a node that is not the master: the same, the other way round.
 */
export function repairByHand(simulation: Simulation): readonly ByHand[] {
  const { shard, holdfast, note } = simulation;
  // Of those who have the same, the one that Holdfast has made the master: it goes on where it was.
  const isNamed = ({ address }: SimServer): number => (address === holdfast.promoted ? 1 : 0);
  const [best] = shard.servers.toSorted((a, b) => b.stream.offset - a.stream.offset || isNamed(b) - isNamed(a));
  if (best === undefined || shard.servers.some(({ process }) => !process.alive)) return [];
  if (shard.masters.length === 0) {
    note(`a person promotes ${best.address}`);
    best.follow('');
    return ['promoted'];
  }
  const served = holdfast.shard?.master ?? null;
  if (served === null || !holdfast.atRest) return [];
  return shard.servers.flatMap((server): readonly ByHand[] => {
    const { master } = server.upstream;
    if (server.address === served || master === served) return [];
    note(`a person makes ${server.address} follow ${served}`);
    server.follow(served);
    server.configured = served;
    return [master === '' ? 'demoted' : 're-pointed'];
  });
}
