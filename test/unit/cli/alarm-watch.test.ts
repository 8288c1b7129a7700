import t from 'tap';
import { AlarmWatch } from '../../../src/cli/alarm-watch.js';
import { fakePorts, fakeStatus } from '../admin/fake-ports.js';
import { ManualClock } from '../control/manual-clock.js';
import { recordingLogger } from '../control/recording-logger.js';

t.test('an alarm is logged once when it comes, with what it is about, and once when it is over', async (t) => {
  const { ports, shard } = fakePorts();
  const [clock, log] = [new ManualClock(), recordingLogger()];
  const watch = new AlarmWatch(ports, clock, log);
  watch.start();
  const unsettled = [{ node: 'a:1', why: 'connection refused' }];
  shard.status = fakeStatus({ state: 'settling', alarms: ['demotion-pending'], unsettled });
  for (let i = 0; i < 3; i++) clock.advance(500);
  shard.status = fakeStatus();
  for (let i = 0; i < 3; i++) clock.advance(500);
  t.match(log.lines, [
    { level: 'error', fields: { alarm: 'demotion-pending', unsettled }, message: 'an alarm is on' },
    { level: 'info', fields: { alarm: 'demotion-pending' }, message: 'an alarm is over' },
  ]);
  t.equal(log.lines.length, 2);
  watch.stop();
  t.equal(clock.nextIn(), null);
});
