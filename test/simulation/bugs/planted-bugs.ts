import type { Kind } from '../scenario.js';

/** A piece of the compiled product, and what stands there instead. */
interface Edit {
  /** Below `dist/src`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A bug that the simulation must find. */
export interface PlantedBug {
  readonly name: string;
  /** The runs that find it soonest. */
  readonly kind: Kind;
  readonly edits: readonly Edit[];
}

function bug(name: string, file: string, from: string, to: string, kind: Kind = 'any'): PlantedBug {
  return { name, kind, edits: [{ file, from, to }] };
}

/** Put into the product one at a time, while it is loaded. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  bug(
    'the gate opens before the redirect',
    'proxy/traffic.js',
    'this.#shard.redirect(target);',
    'setTimeout(() => this.#shard.redirect(target), 3);',
  ),
  bug(
    'the gate holds no writes',
    'proxy/gate/gate-pass.js',
    'if (write ? gate.holdsWrites : gate.holdsAll) {',
    'if (gate.holdsAll) {',
  ),
  bug(
    'a promotion before the candidate has caught up',
    'switchover/hold.js',
    'if (state.sw.appliedOffset < state.sw.targetOffset)',
    'if (false)',
  ),
  bug(
    'the pause ends before the demotion',
    'control/engines/redis.js',
    "const transaction = [['MULTI'], followCommand('REPLICAOF', link, master), ['CLIENT', 'UNPAUSE'], ['EXEC']];",
    "await link.call(['CLIENT', 'UNPAUSE'], timeoutMs);\nconst transaction = [['MULTI'], followCommand('REPLICAOF', link, master), ['EXEC']];",
  ),
  bug(
    'a broken WATCH is forgotten',
    'session/link-state.js',
    'this.#watches.clear();\n        this.watchBroken = true;',
    'this.#watches.clear();',
  ),
  bug(
    'the queue of a transaction stays behind',
    'proxy/private/moving.js',
    'const { transaction, replies } = this.#link.state;',
    'const { transaction, replies } = { transaction: null };',
  ),
  bug(
    'a blocked call is begun twice',
    'proxy/private/blocked-call.js',
    'upstream.send(this, frame, 0, frame.length, false);',
    'upstream.send(this, frame, 0, frame.length, false);\nupstream.send(new ReplyCollector(ignore, ignore), frame, 0, frame.length, false);',
  ),
  bug(
    'a call that the demoted master let go is not begun again',
    'proxy/private/blocked-call.js',
    'if (!this.#begun && this.#didNotRun(bytes, start, end)) {',
    'if (false) {',
  ),
  bug(
    'a subscriber hears both masters',
    'proxy/private/push-port.js',
    "if (this.#phase === 'silent' || this.#phase === 'over' || this.#endsInTurn)",
    'if (this.#endsInTurn)',
  ),
  bug(
    'the mark of the old master is not waited for',
    'proxy/private/twin.js',
    'await Promise.all([this.#markCandidate(), left]);',
    'await this.#markCandidate();',
  ),
  bug(
    'a lane to the old master is used after the redirect',
    'proxy/upstream/upstream.js',
    'retire() {\n        this.retired = true;',
    'retire() {\n        setTimeout(() => { this.retired = true; this.#endIfDone(); }, 3);\n        return;',
  ),
  bug('a new connection forgets its database', 'session/identity.js', 'if (identity.db !== 0)', 'if (false)'),
  bug(
    'the scripts of the clients stay behind',
    'proxy/answers/script-carrier.js',
    'if (!isBehind && scripts.length === 0)',
    'if (!isBehind)',
  ),
  bug(
    'who waited longest for a reply is not told that it is lost',
    'proxy/upstream/inbox.js',
    'let begun = this.#streaming;',
    'let begun = this.#streaming;\n        if (!this.#inFlight.empty) { this.answered++; this.#inFlight.take(1); }',
  ),
  bug(
    'a reply goes to the neighbour',
    'proxy/upstream/in-flight.js',
    'if (this.#sinks[last] === sink) {',
    'if (this.#sinks[last] === sink || this.#length > 2) {',
  ),
  bug(
    'what is unknown is told as what did not run',
    'proxy/client/client.js',
    "this.fail('outcome-unknown');",
    "this.fail('no-master');",
  ),
  {
    name: 'a write whose link broke is sent again',
    kind: 'any',
    edits: [
      {
        file: 'proxy/client/quick-route.js',
        from: 'lane?.sendBytes(input.bytes, this.#runStart, input.start);',
        to: 'lane?.sendBytes(input.bytes, this.#runStart, input.start);\nthis.#client.sentLast = Buffer.from(input.bytes.subarray(this.#runStart, input.start));',
      },
      {
        file: 'proxy/client/client.js',
        from: 'onLost(frames, begun) {\n        this.outstanding -= frames;',
        to: `onLost(frames, begun) {
        const { sentLast, shard } = this;
        if (sentLast !== undefined && frames === 1 && sentLast.toString().split('*').length === 2 && shard.links !== null) {
          const lane = shard.links.lane(shard.lanes.slotOf(this));
          lane.opened().then(() => lane.send(this, sentLast, 0, sentLast.length, true), () => undefined);
          return;
        }
        this.outstanding -= frames;`,
      },
    ],
  },
  bug(
    'the memory of a request is used again before its answer has come',
    'proxy/upstream/outbox.js',
    'this.#kept.release(count, this.#first);\n            return;',
    'this.#kept.release(count, this.#first);\nif (this.#start === this.#end && this.#socket.writableLength === 0) { this.#close(null); this.#start = this.#end = this.#open = 0; }\nreturn;',
    'human',
  ),
  bug(
    'scripts are not brought to a master that somebody else has made',
    'proxy/shard.js',
    'if (this.scripts.cache.size > 0)',
    'if (false)',
    'human',
  ),
  bug('a Holdfast that stops dials again', 'control/control-node.js', 'if (this.#isClosed)', 'if (false)'),
];
