import { encodeCommand, RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';
import { WriteLoad } from '../../support/write-load.js';
import type { Scene } from '../scene.js';
import type { Fault, Target } from './fault.js';

const MIB = 1 << 20;

/** Something to send in a full synchronisation: 4 MB in 20,000 keys. */
const BALLAST = "local v = string.rep('v', 200) for i = 1, 20000 do redis.call('SET', 'ballast:'..i, v) end return 1";

/** Servers and connections that have a lot to do. */
export const BURDENS: readonly Fault[] = [
  {
    name: 'stuttering-server',
    targets: ['old', 'candidate', 'other'],
    arm: (scene, target) => () => {
      const server = serverOf(scene, target);
      let isStopped = false;
      const beat = (): void => {
        isStopped = !isStopped;
        process.kill(server.pid, isStopped ? 'SIGSTOP' : 'SIGCONT');
      };
      const timer = setInterval(beat, 20 + scene.random.below(60));
      beat();
      return () => {
        clearInterval(timer);
        server.resume();
      };
    },
  },
  {
    name: 'busy-server',
    targets: ['old', 'candidate', 'other'],
    arm: (scene, target) => () => {
      const busy = serverOf(scene, target).send('DEBUG', 'SLEEP', String(0.05 + scene.random.below(400) / 1000));
      return async () => void (await busy);
    },
  },
  {
    // The stream gets another name, so that no replica can go on where it was.
    name: 'full-sync',
    targets: ['old'],
    arm: async (scene, target) => {
      const server = serverOf(scene, target);
      await server.send('EVAL', BALLAST, '0');
      const client = await RawClient.connect(server.target);
      scene.atTheEnd(() => client.close());
      return () => {
        client.send(encodeCommand('DEBUG', 'CHANGE-REPL-ID'));
        client.send(encodeCommand('CLIENT', 'KILL', 'TYPE', 'replica'));
        return () => undefined;
      };
    },
  },
  {
    name: 'expiry-storm',
    targets: ['old'],
    arm: async (scene, target) => {
      const client = await RawClient.connect(serverOf(scene, target).target);
      scene.atTheEnd(() => client.close());
      const script = "for i=1,10000 do redis.call('SET', 'storm:'..i, i, 'PX', 1 + i % 300) end return 1";
      return () => {
        client.send(encodeCommand('EVAL', script, '0'));
        return () => undefined;
      };
    },
  },
  bigValue('big-value', 20),
  bigValue('huge-value', 100),
  {
    // Somebody who has the address of the master itself and writes there, as long as it takes writes.
    name: 'direct-writer',
    targets: ['old'],
    arm: async (scene, target) => {
      const server = serverOf(scene, target);
      const load = await WriteLoad.start(server.target, 3, 'direct:');
      await load.acknowledged(10);
      scene.atTheEnd(() => load.stop());
      scene.checkLater(async (master, hasFailedOver) => {
        load.stop();
        await load.ended();
        return countersProblem(load, master, hasFailedOver);
      });
      // Nodes can not be found equal while somebody writes on.
      return () => () => load.stop();
    },
  },
];

/** On its way through Holdfast to the master when the fault strikes; all of it is there afterwards, or nothing. */
function bigValue(name: string, mebibytes: number): Fault {
  return {
    name,
    targets: ['clients'],
    arm: async ({ arena, checkLater, note, atTheEnd }) => {
      const client = await RawClient.connect({ host: '127.0.0.1', port: arena.entrance.port });
      atTheEnd(() => client.close());
      const bytes = mebibytes * MIB;
      const request = encodeCommand('SET', 'chaos:big', Buffer.alloc(bytes, 'v'));
      await client.call('SET', 'chaos:big', '');
      return () => {
        client.send(request);
        const answer = client.replies(1).then(
          (reply) => reply.toString('latin1').trim(),
          (error: unknown) => String(error),
        );
        checkLater(async (master, hasFailedOver) => {
          const said = await answer;
          note(`the value of ${mebibytes} MiB: ${said.slice(0, 80)}`);
          const length = Number(await master.send('STRLEN', 'chaos:big'));
          await master.send('DEL', 'chaos:big');
          if (length === 0 && hasFailedOver) return '';
          if (said.startsWith('+OK')) return length === bytes ? '' : `acknowledged, and ${length} bytes are there`;
          const mayHaveRun = !said.startsWith('-') || said.startsWith('-OUTCOMEUNKNOWN');
          return length === 0 || (mayHaveRun && length === bytes) ? '' : `"${said}", and ${length} bytes are there`;
        });
        return async () => void (await answer);
      };
    },
  };
}

async function countersProblem(load: WriteLoad, master: RedisServer, mayLack: boolean): Promise<string> {
  for (const [key, acknowledged] of load.counters()) {
    const is = Number(await master.send('GET', key));
    if (mayLack && is < acknowledged) continue;
    if (is !== acknowledged && is !== acknowledged + 1)
      return `${key}: ${acknowledged} acknowledged directly, ${is} there`;
  }
  return '';
}

function serverOf(scene: Scene, target: Target): RedisServer {
  if (target === 'holdfast' || target === 'clients') throw new Error(`${target} is no node`);
  return scene[target].server;
}
