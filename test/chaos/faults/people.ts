import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';
import type { ArenaNode } from '../arena.js';
import type { Phase } from '../moments.js';
import type { Scene } from '../scene.js';
import { tidyUp } from '../tidy-up.js';
import type { Fault } from './fault.js';

/** A person who moves the master himself does not do so in the middle of a switch that he has asked for. */
const BESIDE_A_SWITCH: readonly Phase[] = ['idle', 'preflight', 'settled'];

/** What operators do, right or wrong, and who works for them. */
export const PEOPLE: readonly Fault[] = [
  order('second-switchover', ({ other }) => ['SWITCHOVER', 'TO', ...hostAndPort(other.relay.id)]),
  order('abort', () => ['FAILOVER', 'ABORT']),
  order('hold', () => ['HOLD', '300']),
  order('release', () => ['RELEASE']),
  {
    name: 'reload',
    targets: ['holdfast'],
    arm:
      ({ arena }) =>
      () => {
        arena.holdfast.signal('SIGHUP');
        return () => undefined;
      },
  },
  {
    name: 'second-holdfast',
    targets: ['other'],
    movesTheMaster: true,
    arm: async ({ arena, other, note, atTheEnd }) => {
      const second = await ServeProcess.start({ nodes: arena.nodes.map(({ relay }) => relay.id) });
      atTheEnd(() => second.dispose());
      return () => {
        const answered = second.refusal('SWITCHOVER', 'TO', ...hostAndPort(other.relay.id));
        return async () => {
          note(`the second Holdfast: ${(await answered) || 'switched'}`);
          await second.dispose();
        };
      };
    },
  },
  {
    // Pause, wait, promote, demote: by hand, and right.
    name: 'switch-by-hand',
    targets: ['other'],
    movesTheMaster: true,
    phases: BESIDE_A_SWITCH,
    arm: (scene) => () => {
      const done = switchByHand(scene).catch((error: unknown) => scene.note(`by hand: ${String(error)}`));
      return () => done;
    },
  },
  {
    // Redis' own, which waits for the replica too.
    name: 'failover-command',
    targets: ['other'],
    movesTheMaster: true,
    phases: BESIDE_A_SWITCH,
    arm: (scene) => () => {
      const done = failoverCommand(scene).catch((error: unknown) => scene.note(`FAILOVER: ${String(error)}`));
      return () => done;
    },
  },
  {
    // Somebody who takes the master for dead, at the worst moment.
    name: 'promotion-by-force',
    targets: ['other'],
    movesTheMaster: true,
    arm: (scene) => () => {
      const done = promoteByForce(scene).catch((error: unknown) => scene.note(`by force: ${String(error)}`));
      return () => done;
    },
  },
];

/** One more command on the admin port. */
function order(name: string, words: (scene: Scene) => readonly string[]): Fault {
  return {
    name,
    targets: ['holdfast'],
    arm: (scene) => () => {
      const answered = scene.arena.holdfast.refusal(...words(scene));
      return async () => scene.note(`${name}: ${(await answered) || 'done'}`);
    },
  };
}

async function switchByHand({ arena, other, note }: Scene): Promise<void> {
  const from = await masterOf(arena.nodes);
  if (from === other) return note('by hand: it is the master already');
  await from.server.send('CLIENT', 'PAUSE', '20000', 'WRITE');
  const offset = await offsetOf(from);
  await until('the replica has everything', async () => (await offsetOf(other)) >= offset);
  await other.server.send('REPLICAOF', 'NO', 'ONE');
  await from.server.send('REPLICAOF', other.relay.host, String(other.relay.port));
  await from.server.send('CLIENT', 'UNPAUSE');
  await tidyUp(arena.nodes, other);
}

async function failoverCommand({ arena, other, note }: Scene): Promise<void> {
  const from = await masterOf(arena.nodes);
  if (from === other) return note('FAILOVER: it is the master already');
  await from.server.send('FAILOVER', 'TO', other.relay.host, String(other.relay.port), 'TIMEOUT', '5000');
  await until('FAILOVER is over', async () => {
    return (await from.server.info('replication')).get('master_failover_state') === 'no-failover';
  });
  if ((await roleOf(other)) === 'master') await tidyUp(arena.nodes, other);
}

/** What it may cost is what the masters had that the promoted node had not. */
async function promoteByForce({ arena, other, excuse, note }: Scene): Promise<void> {
  await other.server.send('REPLICAOF', 'NO', 'ONE');
  const promotedAt = await offsetOf(other);
  for (const node of arena.nodes) {
    if (node === other || (await roleOf(node)) !== 'master') continue;
    await node.server.send('REPLICAOF', other.relay.host, String(other.relay.port));
    const gap = (await offsetOf(node)) - promotedAt;
    note(`by force: ${node.relay.id} was ${gap} ahead`);
    excuse(`a person promoted ${other.relay.id} by force`);
  }
  await tidyUp(arena.nodes, other);
}

async function masterOf(nodes: readonly ArenaNode[]): Promise<ArenaNode> {
  return until('there is one master', async () => {
    const roles = await Promise.all(nodes.map(roleOf));
    const masters = nodes.filter((_, index) => roles[index] === 'master');
    return masters.length === 1 ? masters[0] : undefined;
  });
}

async function roleOf({ server }: ArenaNode): Promise<string> {
  return (await server.info('replication')).get('role') ?? '';
}

/** What it has written or applied. */
async function offsetOf({ server }: ArenaNode): Promise<number> {
  const info = await server.info('replication');
  return Number(info.get('role') === 'master' ? info.get('master_repl_offset') : info.get('slave_repl_offset'));
}
