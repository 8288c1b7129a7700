import t from 'tap';
import { Dialogue } from '../../../src/fleet/dialogue.js';
import { Fleet } from '../../../src/fleet/fleet.js';
import { Members } from '../../../src/fleet/members.js';
import type { Orders, Reports } from '../../../src/fleet/protocol.js';
import { RemoteMember } from '../../../src/fleet/remote-member.js';
import { RecordingLog } from '../admin/recording-log.js';
import { pairedChannels } from './paired-channels.js';

const A = '10.0.0.1:1';
const B = '10.0.0.2:1';

/** The other side of a member: notes its orders, and answers when the test lets it. */
class Puppet {
  readonly orders: string[] = [];
  /** Orders of these names are not answered until {@link answer}. */
  readonly silentTo = new Set<string>();
  readonly member: RemoteMember;
  ended = false;
  someoneListens = true;
  readonly #open: (() => void)[] = [];

  constructor(fleet: Fleet, members: Members, name: string) {
    const [near, far] = pairedChannels();
    const order = (text: string, answer: unknown) => {
      this.orders.push(text);
      if (!this.silentTo.has(text.split(' ')[0] ?? '')) return answer;
      return new Promise((resolve) => this.#open.push(() => resolve(answer)));
    };
    const verbs = ['prepare', 'hold', 'mark', 'redirect', 'withdraw', 'release', 'serve', 'join', 'discardPrepared'];
    const answers = Object.fromEntries(
      verbs.map((verb) => [
        verb,
        (words: { target?: string; node?: string; master?: string } | null) => {
          const about = words?.target ?? words?.node ?? words?.master ?? '';
          const answer = verb === 'hold' ? { heldClients: 1, someoneListens: this.someoneListens } : 1;
          return order(about === '' ? verb : `${verb} ${about}`, answer);
        },
      ]),
    );
    new Dialogue<Reports, Orders>(far, answers as never, () => undefined).tell('ready', null);
    const link = {
      name,
      channel: near,
      end: () => {
        this.ended = true;
        return Promise.resolve();
      },
    };
    const ignore = (): void => undefined;
    this.member = new RemoteMember(link, {
      ready: ignore,
      held: ignore,
      doubts: () => Promise.resolve(),
      asks: () => Promise.resolve([]),
      took: ignore,
      left: ignore,
      gone: () => {
        members.delete(this.member);
        fleet.leave(this.member);
      },
    });
  }

  answer(): void {
    this.silentTo.clear();
    for (const open of this.#open.splice(0)) open();
  }
}

async function fleetOfTwo() {
  const members = new Members(new RecordingLog());
  const fleet = new Fleet(members, () => ({ pause: null, handMs: 0 }));
  const [one, two] = [new Puppet(fleet, members, 'one'), new Puppet(fleet, members, 'two')];
  await fleet.join(one.member);
  await fleet.join(two.member);
  await fleet.serve(A);
  for (const each of [one, two]) each.orders.length = 0;
  return { members, fleet, one, two };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const redirected = (fleet: Fleet, node: string): Promise<void> =>
  new Promise((resolve) => fleet.redirect(node, resolve));
const patient = new AbortController().signal;

t.test('one after the other, and each step when all have done the one before', async (t) => {
  const { fleet, one, two } = await fleetOfTwo();
  t.equal(await fleet.prepare(B, 1000), 2);
  two.silentTo.add('hold');
  fleet.hold();
  t.throws(() => fleet.hold(), 'a closed gate');
  let isDrained = false;
  const drained = fleet.drained(patient).then(() => (isDrained = true));
  await turns();
  t.equal(isDrained, false, 'one is not all');
  two.answer();
  await drained;
  await fleet.mark(1000);
  one.silentTo.add('redirect');
  let isRedirected = false;
  const done = redirected(fleet, B).then(() => (isRedirected = true));
  await turns();
  t.equal(isRedirected, false, 'one may still read from the old master');
  one.answer();
  await done;
  t.same(fleet.release(), { heldClients: 2, heldCommands: 2 });
  t.throws(() => fleet.release(), 'an open gate');
  await turns();
  const steps = [`prepare ${B}`, 'hold', 'mark', `redirect ${B}`, 'release'];
  t.same([one.orders, two.orders], [steps, steps]);
  t.equal(fleet.master, B);
});

t.test('where nobody listens there is nothing to mark; where somebody does at one, all are told', async (t) => {
  for (const someoneListens of [false, true]) {
    const { fleet, one, two } = await fleetOfTwo();
    one.someoneListens = false;
    two.someoneListens = someoneListens;
    await fleet.prepare(B, 1000);
    fleet.hold();
    await fleet.drained(patient);
    await fleet.mark(1000);
    for (const each of [one, two]) t.equal(each.orders.includes('mark'), someoneListens);
    fleet.release();
    // The next switch asks anew.
    [one.someoneListens, two.someoneListens] = [true, false];
    await fleet.prepare(B, 1000);
    fleet.hold();
    await fleet.drained(patient);
    await fleet.mark(1000);
    for (const each of [one, two]) t.equal(each.orders.at(-1), 'mark');
  }
});

t.test('who is gone is not waited for, in any step', async (t) => {
  for (const step of ['prepare', 'hold', 'mark', 'redirect']) {
    const { fleet, one, two } = await fleetOfTwo();
    two.silentTo.add(step);
    const whole = (async () => {
      await fleet.prepare(B, 60_000);
      fleet.hold();
      await fleet.drained(patient);
      await fleet.mark(60_000);
      await redirected(fleet, B);
      fleet.release();
    })();
    await turns();
    await two.member.end();
    await whole;
    await turns();
    t.same(one.orders.slice(-2), [`redirect ${B}`, 'release'], step);
  }
});

t.test('a hold that is given up is released by all', async (t) => {
  const { fleet, one, two } = await fleetOfTwo();
  await fleet.prepare(B, 1000);
  two.silentTo.add('hold');
  fleet.hold();
  const controller = new AbortController();
  const drained = fleet.drained(controller.signal);
  controller.abort();
  await t.rejects(drained);
  fleet.release();
  fleet.discardPrepared();
  await turns();
  for (const each of [one, two]) t.same(each.orders, [`prepare ${B}`, 'hold', 'release', 'discardPrepared']);
  t.equal(fleet.master, A);
  two.answer();
});

t.test('without a closed gate all leave the old master before anybody goes to the new one', async (t) => {
  for (const move of ['serve', 'redirect'] as const) {
    const { fleet, one, two } = await fleetOfTwo();
    two.silentTo.add('withdraw');
    const moved = move === 'serve' ? fleet.serve(B) : redirected(fleet, B);
    await turns();
    t.same([one.orders, two.orders], [['withdraw'], ['withdraw']]);
    two.answer();
    await moved;
    for (const each of [one, two]) t.same(each.orders, ['withdraw', `${move} ${B}`]);
  }
});

t.test('of two changes of the master the later one counts', async (t) => {
  const { fleet, one, two } = await fleetOfTwo();
  two.silentTo.add('withdraw');
  const first = fleet.serve(B);
  await turns();
  const second = fleet.serve(A);
  await turns();
  two.answer();
  await Promise.all([first, second]);
  t.equal(one.orders.at(-1), `serve ${A}`);
  t.notOk(one.orders.includes(`serve ${B}`));
  t.equal(fleet.master, A);
});

t.test('who comes during a switch joins when it is over, with the master that is served then', async (t) => {
  const { members, fleet } = await fleetOfTwo();
  await fleet.prepare(B, 1000);
  const late = new Puppet(fleet, members, 'late');
  const joined = fleet.join(late.member);
  fleet.hold();
  await fleet.drained(patient);
  await redirected(fleet, B);
  await turns();
  t.same(late.orders, []);
  fleet.release();
  await joined;
  t.same(late.orders, [`join ${B}`]);
});

t.test('who comes while all leave the old master is told of the new one with the others', async (t) => {
  const { members, fleet, two } = await fleetOfTwo();
  two.silentTo.add('withdraw');
  const moved = fleet.serve(B);
  const late = new Puppet(fleet, members, 'late');
  await turns();
  await fleet.join(late.member);
  two.answer();
  await moved;
  t.same(late.orders, ['join', `serve ${B}`]);
});

t.test('who does not follow the redirect in time is ended, and then it is done', async (t) => {
  const { fleet, two } = await fleetOfTwo();
  await fleet.prepare(B, 1000);
  fleet.hold();
  await fleet.drained(patient);
  two.silentTo.add('redirect');
  await redirected(fleet, B);
  t.equal(two.ended, true);
  two.answer();
});
