import t from 'tap';
import { startDelayedStage } from '../../support/delayed-stage.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { DELAY, throughHoldfast } from './support/listeners.js';
import { NumberedSource } from './support/numbered.js';
import { until } from '../../support/until.js';

void t.test('MONITOR goes on from the new master, and shows nothing twice', async (t) => {
  const stage = await startDelayedStage(t, { ...DELAY, seed: 6 });
  const monitors = await Promise.all(['2', '3'].map(() => throughHoldfast(t, stage)));
  for (const [at, monitor] of monitors.entries()) {
    await monitor.call('HELLO', at === 0 ? '2' : '3');
    t.equal(await monitor.call('MONITOR'), '+OK\r\n');
  }
  const writer = await throughHoldfast(t, stage);
  const source = new NumberedSource('seen', async (value) => (await writer.call('SET', 'k', value)) === '+OK\r\n');
  await switchRounds(t, stage, scaled(20, 200), () => source.flows(5));
  await source.flows(5);
  await source.stop();
  for (const monitor of monitors) {
    const last = `seen#${source.acknowledged - 1};`;
    await until('the last command is shown', () => monitor.received.includes(last));
    const lines = monitor.received.toString('latin1').split('\r\n').slice(0, -1);
    t.same(
      lines.filter((line) => !/^\+\d+\.\d+ \[\d+ [^\]]+\] "/.test(line)),
      [],
      'nothing but lines',
    );
    const numbers = lines.flatMap((line) => (/"SET" "k" "seen#(\d+);"/i.exec(line)?.slice(1) ?? []).map(Number));
    const ordered = numbers.filter((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));
    t.same(ordered, numbers, 'in order, none twice');
    t.ok(numbers.length > source.acknowledged / 2, `${numbers.length} of ${source.acknowledged}`);
  }
});
