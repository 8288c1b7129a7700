import type { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import type { Arena, ArenaNode } from './arena.js';
import { tidyUp } from './tidy-up.js';

/** Every wait of the product has a bound of some seconds; what takes this long will not come. */
const PATIENCE_MS = 45_000;
/** When a person comes to look, and how long that one waits to see what came of it. */
const HELP_AFTER_MS = 5_000;
const HELP_AGAIN_MS = 15_000;

/**
 * Settles when everything is as it should be after a fault that is over: Holdfast serves the only master, nothing is left to be
 * done, and the others follow. Rejects with what is still missing.
 *
 * @param isTidying whether a person, who has moved the master himself, sees to it that the others follow.
 * @returns the master.
 */
export async function settled(arena: Arena, note: (what: string) => void, isTidying: boolean): Promise<ArenaNode> {
  let missing = 'nothing was looked at';
  let helpAt = performance.now() + HELP_AFTER_MS;
  try {
    return await until(
      'the shard has settled',
      async () => {
        const seen = await look(arena);
        if (typeof seen !== 'string') return seen;
        missing = seen;
        if (performance.now() > helpAt) {
          await help(arena, note, isTidying);
          helpAt = performance.now() + HELP_AGAIN_MS;
        }
        return false;
      },
      PATIENCE_MS,
    );
  } catch (error) {
    throw new Error(`the shard does not settle: ${missing}`, { cause: error });
  }
}

/**
 * What only a person can decide: the new master died before its role stood in its file, and came back as a replica of the old
 * one. Nobody is a master then, and no figure says who has everything. It wrote to its disk, so it has.
 */
async function help(arena: Arena, note: (what: string) => void, isTidying: boolean): Promise<void> {
  const { holdfast, nodes } = arena;
  const roles = await Promise.all(nodes.map(async ({ server }) => (await server.info('replication')).get('role')));
  const { master } = holdfast.state();
  if (master === null) return;
  if (roles.filter((role) => role === 'master').length === 1) {
    if (isTidying) await finish(arena, note);
    return;
  }
  if (roles.includes('master')) return;
  note(`a person promotes ${master}`);
  await arena.node(master).server.send('REPLICAOF', 'NO', 'ONE');
}

/** What is left to do for a person who has moved the master while Holdfast was settling a switch of its own. */
async function finish(arena: Arena, note: (what: string) => void): Promise<void> {
  const status = await arena.holdfast.fields('STATUS');
  const served = status.text('master');
  if (served === '') return;
  await tidyUp(arena.nodes, arena.node(served));
  if (status.text('state') !== 'settling') return;
  note('a person restarts Holdfast, which still settles what is over');
  arena.endHoldfast('SIGTERM');
  await arena.holdfast.ended();
  await arena.restartHoldfast();
}

/** @returns the master, or what is not as it should be. */
async function look(arena: Arena): Promise<ArenaNode | string> {
  const { holdfast, nodes } = arena;
  if (!holdfast.running) return 'Holdfast has ended';
  const status = await holdfast.fields('STATUS');
  const state = status.text('state');
  if (state !== 'serving') return `the state is ${state}: ${JSON.stringify(status.map('unsettled'))}`;
  if (status.list('alarms').length > 0) return `alarms: ${status.list('alarms').join(', ')}`;
  if (status.text('gate') !== 'open') return `the gate is held by ${status.list('gate_holders').join(', ')}`;
  const id = status.text('master');
  if (id === '') return `no master is served: ${status.text('problem')}`;
  const master = arena.node(id);
  for (const node of nodes) {
    const info = await node.server.info('replication');
    const role = info.get('role') ?? '';
    if (role !== (node === master ? 'master' : 'slave')) return `${node.relay.id} is a ${role}, and ${id} is served`;
    if (node === master) continue;
    if (info.get('master_port') !== String(master.relay.port))
      return `${node.relay.id} follows another node than ${id}`;
    if (info.get('master_link_status') !== 'up') return `the link of ${node.relay.id} is down`;
  }
  return master;
}

/** Settles when the others have everything that the master has, and the same data. */
export async function sameData(arena: Arena, master: ArenaNode): Promise<void> {
  await until('all nodes have the same data', async () => {
    const digests = await Promise.all(arena.nodes.map(({ server }) => digest(server)));
    return new Set(digests).size === 1 || Promise.reject(new Error(`${master.relay.id}: ${digests.join(' ')}`));
  });
}

async function digest(server: RedisServer): Promise<string> {
  return String(await server.send('DEBUG', 'DIGEST'));
}
