import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { StateFile } from '../../../src/control/state-file.js';
import type { SwitchState } from '../../../src/switchover/ports.js';

const STATE: SwitchState = {
  version: 1,
  epoch: 3,
  master: 'a:1',
  intent: {
    id: 'x',
    from: 'a:1',
    to: 'b:1',
    startedAt: '2026-01-01T00:00:00.000Z',
    former: ['c:1'],
    unfinished: { id: 'v', from: 'a:1', to: 'c:1', startedAt: '', connection: { id: '7', addr: 'd:1' } },
  },
  history: [
    {
      id: 'w',
      outcome: 'switched',
      reason: '',
      sentence: '',
      oldMaster: 'b:1',
      newMaster: 'a:1',
      epoch: 3,
      stallUs: 900.5,
      predictedStallUs: 800,
      drainUs: 1,
      fenceUs: 2,
      catchupUs: 3,
      promoteUs: 4,
      redirectUs: 5,
      offset: 6,
      offsetGap: 0,
      heldClients: 7,
      heldCommands: 8,
      resync: { 'b:1': 'partial' },
      settled: true,
      timed: false,
      notes: [],
      startedAt: '2026-01-01T00:00:00.000Z',
    },
  ],
};

void t.test('a state that was written is read again, also by another process', async (t) => {
  const directory = join(t.testdir(), 'made', 'on', 'demand');
  const file = await StateFile.open(directory);
  t.equal(file.read(), null);
  await file.write(STATE);
  t.same(file.read(), STATE);
  t.same((await StateFile.open(directory)).read(), STATE);
  t.same(readdirSync(directory), ['state.json'], 'nothing else is left');
  t.equal(statSync(file.path).mode & 0o077, 0, 'nobody else reads it');
});

void t.test('writes are done in order, and the last one stays', async (t) => {
  const file = await StateFile.open(t.testdir());
  await Promise.all(Array.from({ length: 20 }, (_, epoch) => file.write({ ...STATE, epoch })));
  t.equal(file.read()?.epoch, 19);
  t.equal(JSON.parse(readFileSync(file.path, 'utf8')).epoch, 19);
});

void t.test('a write that fails rejects, changes nothing, and does not stand in the way', async (t) => {
  const directory = t.testdir();
  const file = await StateFile.open(directory);
  await file.write(STATE);
  await t.rejects(file.write({ ...STATE, epoch: 1n as unknown as number }), {
    name: 'StateDirectoryError',
    message: new RegExp(`state directory ${directory}: can not write state.json`),
  });
  t.same(file.read(), STATE);
  await file.write({ ...STATE, epoch: 4 });
  t.equal((await StateFile.open(directory)).read()?.epoch, 4);
});

void t.test('a directory that can not be made is refused by name', async (t) => {
  const parent = t.testdir({ file: 'not a directory' });
  const directory = join(parent, 'file', 'state');
  await t.rejects(StateFile.open(directory), {
    name: 'StateDirectoryError',
    directory,
    message: new RegExp(`state directory ${directory}: can not be written`),
  });
});

void t.test(
  'a parent that takes no children is refused, and not asked for ever',
  { skip: !existsSync('/proc/self') && 'there is no /proc here' },
  async (t) => {
    await t.rejects(StateFile.open('/proc/holdfast'), { name: 'StateDirectoryError' });
  },
);

void t.test(
  'a directory that can not be written is refused',
  { skip: process.getuid?.() === 0 && 'root may write anywhere' },
  async (t) => {
    const directory = t.testdir();
    chmodSync(directory, 0o500);
    t.teardown(() => chmodSync(directory, 0o700));
    await t.rejects(StateFile.open(directory), { name: 'StateDirectoryError', directory });
  },
);

for (const [what, text] of [
  ['no JSON', '{"version":1,"epo'],
  ['an empty file', ''],
  ['another shape', '{"version":1,"epoch":"three"}'],
  ['no version', '{}'],
] as const) {
  void t.test(`a corrupt file (${what}) is refused by name, and left where it is`, async (t) => {
    const directory = t.testdir({ 'state.json': text });
    await t.rejects(StateFile.open(directory), {
      name: 'StateDirectoryError',
      directory,
      message: /state\.json can not be understood \(.+\).+move the file away/,
    });
    t.same(readdirSync(directory), ['state.json']);
    t.equal(readFileSync(join(directory, 'state.json'), 'utf8'), text);
  });
}

void t.test('whether it can be written is known without changing anything', async (t) => {
  const directory = t.testdir();
  const file = await StateFile.open(directory);
  await file.write(STATE);
  await file.probe();
  t.same(readdirSync(directory), ['state.json']);
  rmSync(directory, { recursive: true });
  await t.rejects(file.probe(), { name: 'StateDirectoryError', message: /can not be written/ });
});

void t.test('the state of a later version is neither used nor put aside', async (t) => {
  const directory = t.testdir({ 'state.json': '{"version":2}' });
  await t.rejects(StateFile.open(directory), { message: /state\.json has version 2/ });
  t.same(readdirSync(directory), ['state.json']);
});

void t.test('a half-written temporary file of a crash is of no consequence', async (t) => {
  const directory = t.testdir({ 'state.json.tmp': '{"versi' });
  const file = await StateFile.open(directory);
  t.equal(file.read(), null);
  await file.write(STATE);
  t.same((await StateFile.open(directory)).read(), STATE);
});

void t.test('a file that can not be read is refused, not ignored', async (t) => {
  const directory = t.testdir({ 'state.json': {} });
  await t.rejects(StateFile.open(directory), { message: /can not read state\.json/ });
});
