import type { Refusals } from '../log/refusals.js';
import { peerAnswers, type PeerAnswers } from '../proxy/answers/peer-answers.js';
import type { Admission } from '../proxy/entrance/admission.js';
import type { PeerQuestion, PeerQuestions } from '../proxy/peers.js';
import type { Shard } from '../proxy/shard.js';
import type { Traffic } from '../proxy/traffic.js';
import type { Channel } from './channel.js';
import { Dialogue, type Answers } from './dialogue.js';
import { DistantPeers } from './distant-peers.js';
import type { HoldAnswer, JoinState, Orders, Reports } from './protocol.js';

/** The coordinator asks all nodes, and waits for those who are slow; a doubt ends in any case. */
const LOOK_MS = 10_000;

/** What a member brings into the fleet. */
export interface MemberPorts {
  readonly shard: Shard;
  readonly traffic: Traffic;
  readonly admission: Admission;
  readonly refusals: Refusals;
  /** A page for Prometheus. */
  readonly metrics: () => Promise<string>;
  /** The TLS files may have changed. */
  readonly reload: () => void;
  /** The coordinator is gone, or the end has come. */
  readonly over: () => void;
}

/**
 * The data path of this process as a part of a fleet: does what the coordinator says.
 *
 * The gate that a switch has closed opens at `release` alone. There is no way back on a member's own judgement: it can not
 * know whether the promotion has been sent.
 */
export class Member {
  readonly #ports: MemberPorts;
  readonly #dialogue: Dialogue<Reports, Orders>;
  /** The switch that holds the gate; 0: none. */
  #round = 0;
  #drain = new AbortController();
  #held: (readonly [number, 'released' | 'failed'])[] = [];
  #left = 0;
  readonly #peerAnswers: PeerAnswers;

  constructor(channel: Channel, ports: MemberPorts) {
    this.#ports = ports;
    this.#peerAnswers = peerAnswers(ports.shard);
    this.#dialogue = new Dialogue(channel, this.#answers(), ports.over);
    const { shard, traffic } = ports;
    shard.gate.onChange = () => this.#dialogue.tell('gate', shard.gate.holders());
    traffic.onHeld((waitMs, result) => this.#noteHeld(waitMs, result));
    shard.peers = new DistantPeers(this.#dialogue);
    shard.lookAtRoles = async () => {
      await this.#dialogue.ask('doubt', null, LOOK_MS);
    };
    this.#dialogue.tell('ready', null);
  }

  /** A connection that the coordinator accepted is here. */
  took(id: number): void {
    this.#dialogue.tell('took', { id });
  }

  /** A connection has ended. */
  left(): void {
    if (this.#left++ > 0) return;
    setImmediate(() => {
      this.#dialogue.tell('left', { connections: this.#left });
      this.#left = 0;
    });
  }

  #answers(): Answers<Orders> {
    const { shard, traffic, admission, refusals, metrics, reload } = this.#ports;
    return {
      join: (state) => this.#join(state),
      prepare: ({ target, timeoutMs }) => traffic.prepare(target, timeoutMs),
      discardPrepared: () => done(traffic.discardPrepared()),
      hold: ({ round }) => this.#hold(round),
      mark: async ({ round, timeoutMs }) => {
        this.#mustBeIn(round);
        return done(await traffic.mark(timeoutMs));
      },
      redirect: ({ round, target }) => {
        this.#mustBeIn(round);
        traffic.redirect(target);
        return shard.gate.heldCount;
      },
      withdraw: () => done(traffic.withdraw()),
      release: ({ round }) => {
        this.#mustBeIn(round);
        this.#round = 0;
        this.#drain.abort();
        traffic.release();
        return null;
      },
      serve: ({ node }) => {
        void shard.serve(node);
        return null;
      },
      look: () => {
        this.#tellHeld();
        return { counters: traffic.counters(), refused: refusals.counts() };
      },
      metrics,
      clients: () => traffic.clients(),
      holdByHand: ({ ms }) => {
        traffic.holdByHand(ms);
        return null;
      },
      releaseByHand: () => {
        traffic.releaseByHand();
        return null;
      },
      peer: ({ name, words }) => this.#answerPeer(name, words),
      reload: () => done(reload()),
      drain: async ({ graceMs }) => done(await admission.drain(graceMs)),
    };
  }

  #answerPeer<Name extends PeerQuestion>(name: Name, words: unknown): unknown {
    return this.#peerAnswers[name](words as PeerQuestions[Name]['ask']);
  }

  #join({ master, pause, handMs }: JoinState): null {
    const { shard, traffic } = this.#ports;
    if (handMs > 0) traffic.holdByHand(handMs);
    if (pause !== null) shard.clientPause.begin(pause.leftMs, pause.mode);
    if (master !== null) void shard.serve(master);
    return null;
  }

  async #hold(round: number): Promise<HoldAnswer> {
    this.#mustBeIn(0);
    const { shard, traffic } = this.#ports;
    traffic.hold();
    this.#round = round;
    this.#drain = new AbortController();
    await traffic.drained(this.#drain.signal);
    return { heldClients: shard.gate.heldCount, someoneListens: someoneListens(shard) };
  }

  /** An order of another switch than the one that holds the gate is a defect, and changes nothing. */
  #mustBeIn(round: number): void {
    if (round !== this.#round) throw new Error(`it is in switch ${this.#round}, not in ${round}`);
  }

  #noteHeld(waitMs: number, result: 'released' | 'failed'): void {
    if (this.#held.push([waitMs, result]) === 1) setImmediate(() => this.#tellHeld());
  }

  #tellHeld(): void {
    if (this.#held.length === 0) return;
    this.#dialogue.tell('held', this.#held);
    this.#held = [];
  }
}

/** Behind a closed gate nobody begins to listen, but a reply that is still to come may say that somebody goes on with it. */
function someoneListens({ linked }: Shard): boolean {
  return [...linked].some(({ link, outstanding }) => link?.state.listens === true || outstanding > 0);
}

/** For orders that have no answer but that they were carried out. */
function done(_nothing: void): null {
  return null;
}
