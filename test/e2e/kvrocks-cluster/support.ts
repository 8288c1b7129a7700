import type { Test } from 'tap';
import { inCluster, type ClusterDouble } from '../../support/kvrocks/cluster-double.js';
import type { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';

/** A cluster of one shard, and Holdfast in front of it. */
export interface ClusterStage {
  readonly holdfast: ServeProcess;
  /** Who is the master now, and who is not. */
  readonly roles: () => { readonly master: ClusterDouble; readonly candidate: ClusterDouble };
  /** To the one that is no master. @returns the words of the error, empty when it switched. */
  readonly switchover: () => Promise<string>;
}

/** Sets the stage; everything is gone when the test ends. */
export async function startClusterStage(t: Test): Promise<ClusterStage> {
  const shard = await startKvrocksShard(1, { cluster: true });
  t.teardown(() => shard.dispose());
  const nodes = shard.nodes.map(inCluster);
  const roles: ClusterStage['roles'] = () => {
    const master = nodes.find((node) => node.master === null);
    const candidate = nodes.find((node) => node.master !== null);
    if (master === undefined || candidate === undefined) throw new Error('a master and a replica are wanted');
    return { master, candidate };
  };
  const holdfast = await ServeProcess.start({
    nodes: shard.ids,
    flags: ['--topology=kvrocks-cluster', '--align-promotion=no', '--preflight-timeout-ms=30000'],
  });
  t.teardown(() => holdfast.dispose());
  const switchover = (): Promise<string> => {
    const to = hostAndPort(roles().candidate.id);
    return holdfast.refusal('SWITCHOVER', 'TO', ...to, 'SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '60000');
  };
  return { holdfast, roles, switchover };
}

/** Calls back when the master is paused, before it says so: all that is left to do is the promotion. */
export function whenPaused({ pause }: KvrocksDouble, act: () => void): void {
  const begin = pause.begin.bind(pause);
  pause.begin = (ms) => {
    pause.begin = begin;
    begin(ms);
    act();
  };
}
