import type { Test } from 'tap';
import type { RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';
import type { ServeProcess } from '../../support/serve-process.js';
import { until } from '../../support/until.js';
import type { WriteLoad } from '../../support/write-load.js';

/** Settles when so many workers serve. */
export async function workersServe(holdfast: ServeProcess, count: number): Promise<void> {
  await until(`${count} workers serve`, async () => (await holdfast.fields('STATUS')).number('workers') === count);
}

/** The process that has this client. */
export async function workerOf(holdfast: ServeProcess, client: RawClient): Promise<number> {
  const list = String(await holdfast.admin('CLIENT', 'LIST')).split('\n');
  const line = list.find((each) => each.includes(`addr=127.0.0.1:${client.socket.localPort} `)) ?? '';
  return processOf(holdfast, / worker=(\d+)/.exec(line)?.[1] ?? '');
}

/** The process of this worker, the last that the log tells of. */
export function processOf(holdfast: ServeProcess, worker: string): number {
  const serves = holdfast
    .log()
    .split('\n')
    .filter((line) => line.includes('a worker serves') && line.includes(`"worker":"${worker}"`));
  return Number(/"workerPid":(\d+)/.exec(serves.at(-1) ?? '')?.[1]);
}

/** A client of each of two workers; connections go to the worker that has fewer. */
export async function clientOfEach(t: Test, holdfast: ServeProcess): Promise<readonly [RawClient, RawClient]> {
  await workersServe(holdfast, 2);
  const found = new Map<number, RawClient>();
  const all: RawClient[] = [];
  t.teardown(() => all.forEach((client) => client.close()));
  return until('each worker has a client', async () => {
    const client = await holdfast.client();
    all.push(client);
    await client.call('PING');
    found.set(await workerOf(holdfast, client), client);
    const [one, other] = [...found.values()];
    return one !== undefined && other !== undefined && ([one, other] as const);
  });
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Compares what was acknowledged with what the master has: nothing lost, and of the last write of each connection at most one more. */
export async function isTrue(t: Test, load: WriteLoad, master: RedisServer): Promise<void> {
  const wrong: string[] = [];
  for (const [key, acknowledged] of load.counters()) {
    const kept = Number(await master.send('GET', key));
    if (kept !== acknowledged && kept !== acknowledged + 1)
      wrong.push(`${key}: ${acknowledged} acknowledged, ${kept} kept`);
  }
  t.same(wrong, [], 'nothing is lost or doubled');
}
