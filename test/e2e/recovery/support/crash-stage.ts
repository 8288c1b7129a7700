import type { Test } from 'tap';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Relay, type Verdict } from '../../../support/relay.js';
import { ServeProcess } from '../../../support/serve-process.js';
import { startShard, type Shard } from '../../../support/shard.js';
import { hostAndPort } from '../../../support/stage.js';
import { until } from '../../../support/until.js';
import { WriteLoad } from '../../../support/write-load.js';
import { isTrue } from '../../workers/support.js';

/** Where a switchover is cut off by SIGKILL. */
export interface CrashPoint {
  readonly name: string;
  /** To whom the command goes at which Holdfast dies, and what it looks like. */
  readonly at: 'old-master' | 'candidate';
  readonly command: RegExp;
  /** Whether that command still reaches the server. */
  readonly reached: boolean;
  /** It is still on its way when the next process asks, if that one does not see to it. */
  readonly late?: true;
  /** Only what comes behind the promotion counts: preflight tries some of these commands out. */
  readonly afterPromotion?: true;
  /** The candidate does not tell how far it is, so that the switchover is aborted. */
  readonly aborts?: true;
  /** The state file can not be written from the promotion on: its temporary name is a pipe that nobody reads. */
  readonly stateStuck?: true;
  /** What becomes of it. */
  readonly promoted: boolean;
}

const PROMOTION = /replicaof\r\n\$2\r\nno\r\n/i;
const PAUSE = /\$5\r\npause\r\n\$\d+\r\n\d/i;

/** A shard whose first two nodes are reached through relays, and a state directory for one Holdfast after the other. */
export class CrashStage {
  readonly #t: Test;
  readonly #shard: Shard;
  readonly #relays: readonly Relay[];
  readonly #stateDir: string;
  readonly #flags: readonly string[];
  #holdfast: ServeProcess;

  private constructor(
    t: Test,
    shard: Shard,
    relays: readonly Relay[],
    holdfast: ServeProcess,
    flags: readonly string[],
  ) {
    this.#t = t;
    this.#shard = shard;
    this.#relays = relays;
    this.#stateDir = holdfast.stateDir;
    this.#holdfast = holdfast;
    this.#flags = flags;
  }

  static async start(t: Test, ...more: readonly string[]): Promise<CrashStage> {
    const shard = await startShard({ replicas: 2 });
    t.teardown(() => shard.dispose());
    const stateDir = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
    t.teardown(() => rmSync(stateDir, { recursive: true }));
    const relays = await Promise.all(shard.servers.slice(0, 2).map((server) => Relay.start(server)));
    t.teardown(() => Promise.all(relays.map((relay) => relay.close())));
    const flags = ['--preflight-timeout-ms=30000', '--resolve-timeout-ms=30000', '--probe-interval-ms=50', ...more];
    const nodes = [...relays.map(({ id }) => id), ...shard.ids.slice(2)];
    const holdfast = await ServeProcess.start({ nodes, stateDir, flags });
    t.teardown(() => holdfast.dispose());
    return new CrashStage(t, shard, relays, holdfast, flags);
  }

  /** Lets Holdfast die at that point of a switchover under load, starts it anew, and looks at what it makes of it. */
  async crash(point: CrashPoint): Promise<void> {
    const t = this.#t;
    const [from, to] = await this.#ends();
    const load = await WriteLoad.start({ host: '127.0.0.1', port: this.#holdfast.port }, 4, `${from.id}:`);
    await load.acknowledged(20);
    const before = (await this.#holdfast.admin('HISTORY')) as readonly unknown[];
    const dead = this.#dieAt(point, from, to);
    // Enough to drain: what is cut short before the pause is not this abort.
    const sync = point.aborts === undefined ? '60000' : '1000';
    // The operator's connection breaks; what came of it is in the history of the next process.
    const words = ['SWITCHOVER', 'TO', ...hostAndPort(to.id), 'PAUSETIMEOUT', '600000', 'SYNCTIMEOUT', sync];
    const asked = this.#holdfast.refusal(...words);
    await dead;
    await this.#holdfast.ended();
    await Promise.all([asked, load.ended()]);
    for (const relay of this.#relays) {
      if (point.late === true) relay.judge(() => 'pass');
      else relay.flow();
    }
    rmSync(join(this.#stateDir, 'state.json.tmp'), { force: true });

    await this.#startAnew();
    const master = point.promoted ? to : from;
    t.equal((await this.#holdfast.fields('STATUS')).text('master'), master.id, `${point.name}: whom it serves`);
    if (point.late === true) {
      await until('what the dead process has sent can not arrive any more', () => to.outliving === 0);
      for (const relay of this.#relays) relay.flow();
    }
    await this.#isWhole(master);
    const server = this.#server(master);
    await isTrue(t, load, server);
    t.match(await server.send('INCR', 'direct'), /^\d+$/, `${point.name}: the pause is over`);
    await until('nothing is unfinished', () => this.#holdfast.state().intent === null);
    const [entry] = (await this.#holdfast.admin('HISTORY', '1')) as readonly unknown[];
    const said = JSON.stringify(entry);
    const told = point.promoted ? /"switched".*the next start finished it/ : /"aborted".*"holdfast-ended"/;
    t.match(said, told, `${point.name}: what the history says`);
    t.equal(((await this.#holdfast.admin('HISTORY')) as readonly unknown[]).length, before.length + 1, 'and once');
    await this.#holdfast.reaches('serving');
  }

  async #startAnew(): Promise<void> {
    const nodes = [...this.#relays.map(({ id }) => id), ...this.#shard.ids.slice(2)];
    this.#holdfast = await ServeProcess.start({ nodes, stateDir: this.#stateDir, flags: this.#flags });
    const holdfast = this.#holdfast;
    this.#t.teardown(() => holdfast.dispose());
  }

  /** Settles when Holdfast is being killed there. */
  #dieAt(point: CrashPoint, from: Relay, to: Relay): Promise<void> {
    return new Promise((resolve) => {
      let [isPaused, isPromoted] = [false, false];
      const judge =
        (at: CrashPoint['at']) =>
        async (text: string): Promise<Verdict> => {
          isPaused ||= PAUSE.test(text);
          if (isPaused && point.aborts === true && at === 'candidate') return 'swallow';
          // Preflight tries some of these commands out.
          const isDue = (point.afterPromotion !== true || isPromoted) && (point.aborts !== true || isPaused);
          if (at === point.at && isDue && point.command.test(text)) {
            resolve();
            if (point.reached) {
              setImmediate(() => this.#holdfast.signal('SIGKILL'));
              return 'mute';
            }
            if (point.late === true) {
              setImmediate(() => this.#holdfast.signal('SIGKILL'));
              return 'outlive';
            }
            this.#holdfast.signal('SIGKILL');
            await this.#holdfast.ended();
            return 'cut';
          }
          if (PROMOTION.test(text)) {
            if (point.stateStuck === true) execFileSync('mkfifo', [join(this.#stateDir, 'state.json.tmp')]);
            isPromoted = true;
          }
          return 'pass';
        };
      from.judge(judge('old-master'));
      to.judge(judge('candidate'));
    });
  }

  /** The relays to the master and to the node that is to be the next one. */
  async #ends(): Promise<readonly [Relay, Relay]> {
    const master = (await this.#holdfast.fields('STATUS')).text('master');
    const [one, other] = this.#relays;
    if (one === undefined || other === undefined) throw new Error('two relays');
    return one.id === master ? [one, other] : [other, one];
  }

  #server(relay: Relay) {
    const server = this.#shard.servers[this.#relays.indexOf(relay)];
    if (server === undefined) throw new Error('a relay to a server');
    return server;
  }

  /** Settles when that one is the only master and all others are on its stream. */
  async #isWhole(master: Relay): Promise<void> {
    const server = this.#server(master);
    for (const other of this.#shard.servers.filter((each) => each !== server)) {
      await until(`${other.id} follows ${server.id}`, async () => {
        const info = await other.info('replication');
        const port = info.get('master_port');
        const isRight = port === String(master.port) || port === String(server.port);
        return info.get('role') === 'slave' && isRight && info.get('master_link_status') === 'up';
      });
    }
    this.#t.equal((await server.info('replication')).get('role'), 'master');
  }
}

export const PATTERNS = { PROMOTION, PAUSE };
