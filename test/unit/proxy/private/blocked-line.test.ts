import t from 'tap';
import { BlockedLine, type LinedUp } from '../../../../src/proxy/private/blocked-line.js';
import { seededRandom } from '../../../e2e/proxy/support/twins.js';

class Call implements LinedUp {
  readonly number: number;
  readonly keys: readonly string[];
  /** The node that has it, or has let it go last. */
  node = '';
  overdue = false;
  readonly #issued: (call: Call) => void;
  readonly #master: () => string;

  constructor(number: number, keys: readonly string[], master: () => string, issued: (call: Call) => void) {
    this.number = number;
    this.keys = keys;
    this.#master = master;
    this.#issued = issued;
  }

  isAt(node: string): boolean {
    return this.node === node;
  }

  issue(): void {
    this.node = this.#master();
    this.#issued(this);
  }

  onOverdue(): void {
    this.overdue = true;
  }

  onOutageOver(): void {
    // Nothing to do here.
  }
}

/** A line, the master, and what was issued there, in order. */
class Scene {
  readonly line = new BlockedLine();
  master = 'a';
  issued: Call[] = [];
  #number = 0;

  call(...keys: readonly string[]): Call {
    return new Call(
      this.#number++,
      keys,
      () => this.master,
      (call) => this.issued.push(call),
    );
  }

  join(...keys: readonly string[]): Call {
    const call = this.call(...keys);
    this.line.join(call);
    return call;
  }

  move(): void {
    this.master += '+';
    this.issued = [];
    this.line.onMasterMoved(this.master);
  }

  get numbers(): readonly number[] {
    return this.issued.map(({ number }) => number);
  }
}

t.test('while the master stays everybody goes on at once', (t) => {
  const scene = new Scene();
  for (let at = 0; at < 3; at++) scene.join('k');
  t.same(scene.numbers, [0, 1, 2]);
  t.notOk(scene.line.moving);
  scene.line.destroy();
  t.end();
});

t.test('whoever arrives first waits for those who came before', (t) => {
  const scene = new Scene();
  const [first, second, third, other] = [scene.join('k'), scene.join('k', 'm'), scene.join('m'), scene.join('x')];
  scene.move();
  scene.line.arrive(other);
  scene.line.arrive(third);
  scene.line.arrive(second);
  t.same(scene.numbers, [3], 'nobody shares its key');
  scene.line.arrive(first);
  t.same(scene.numbers, [3, 0, 1, 2]);
  scene.line.destroy();
  t.end();
});

t.test('a new call goes behind those that are due, and at once when it shares no key with them', (t) => {
  const scene = new Scene();
  const first = scene.join('k');
  scene.move();
  scene.join('k');
  scene.join('free');
  scene.join('free', 'k');
  t.same(scene.numbers, [2]);
  scene.line.arrive(first);
  t.same(scene.numbers, [2, 0, 1, 3]);
  scene.join('k');
  t.same(scene.numbers, [2, 0, 1, 3, 4], 'the line has dissolved');
  scene.line.destroy();
  t.end();
});

t.test('a call that ends holds up nobody, and one that stays where it is does not either', (t) => {
  const scene = new Scene();
  const [first, second] = [scene.join('k'), scene.join('k')];
  scene.move();
  scene.line.arrive(second);
  scene.line.leave(first);
  t.same(scene.numbers, [1]);
  const third = scene.join('k');
  second.node = third.node = `${scene.master}+`;
  scene.move();
  scene.join('k');
  t.same(scene.numbers, [3]);
  scene.line.destroy();
  t.end();
});

t.test('one that hangs holds up the others for a bounded time only, and is told', async (t) => {
  // The line's own timer keeps no process alive.
  const alive = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(alive));
  const scene = new Scene();
  const [hanging, second] = [scene.join('k'), scene.join('k')];
  scene.move();
  scene.line.arrive(second);
  const third = scene.join('k');
  t.same(scene.numbers, []);
  await new Promise<void>((resolve) => scene.line.onceChanged(resolve));
  t.same(scene.numbers, [second.number, third.number]);
  t.ok(hanging.overdue);
  scene.line.arrive(hanging);
  t.same(scene.numbers, [1, 2, 0]);
  t.notOk(scene.line.moving);
});

t.test('in any order of arrivals, ends and moves: all are issued, none before another that shares a key', (t) => {
  const random = seededRandom(7);
  const pick = (count: number): number => Math.floor(random() * count);
  let wrong = 0;
  for (let trial = 0; trial < 500; trial++) {
    const scene = new Scene();
    const keys = (): string[] => Array.from({ length: 1 + pick(3) }, () => `k${pick(6)}`);
    const waiting = new Set(Array.from({ length: 20 }, () => scene.join(...keys())));
    for (let moves = 0; moves < 3; moves++) {
      scene.move();
      const away = [...waiting];
      for (let steps = pick(40); steps > 0 && away.length > 0; steps--) {
        const call = away.splice(pick(away.length), 1)[0];
        if (call === undefined) continue;
        if (pick(5) === 0) {
          scene.line.leave(call);
          waiting.delete(call);
        } else {
          scene.line.arrive(call);
        }
        if (pick(4) === 0) waiting.add(scene.join(...keys()));
      }
      if (moves === 2) for (const call of away) scene.line.arrive(call);
      for (const [at, later] of scene.issued.entries()) {
        for (const earlier of scene.issued.slice(at + 1)) {
          if (earlier.number < later.number && earlier.keys.some((key) => later.keys.includes(key))) wrong++;
        }
      }
    }
    for (const call of waiting) if (!scene.issued.includes(call)) wrong++;
    scene.line.destroy();
  }
  t.equal(wrong, 0);
  t.end();
});
