import t from 'tap';
import { load, problemsOf } from './inputs.js';

const nodes = ['10.0.0.1:6379'];
const sentinels = ['10.0.0.7:26379', '10.0.0.8:26379'];

void t.test('topology sentinel wants to know whom to ask, and about what', async (t) => {
  t.same(problemsOf({ flags: { nodes, topology: 'sentinel' } }), [
    'topology sentinel needs sentinel (host:port of each Sentinel)',
    'topology sentinel needs sentinel_master (the name in their configuration)',
  ]);
  const { config } = load({ flags: { nodes, topology: 'sentinel', sentinels, sentinelMaster: 'orders' } });
  t.same(config.sentinels, sentinels);
  t.ok(config.promoteTimeoutMs > 1000, 'a Sentinel takes its time');
});

void t.test('Sentinels that would not be asked', async (t) => {
  t.same(problemsOf({ flags: { nodes, sentinels, sentinelMaster: 'orders' } }), [
    'sentinel is given, and topology is direct: set topology to sentinel',
    'sentinel_master is given, and topology is direct: set topology to sentinel',
  ]);
});

void t.test('a user of the Sentinels needs a password', async (t) => {
  const flags = { nodes, topology: 'sentinel', sentinels, sentinelMaster: 'orders', sentinelUsername: 'holdfast' };
  t.same(problemsOf({ flags }), ['sentinel_username "holdfast" needs sentinel_password (or sentinel_password_file)']);
  const files = { '/run/secret': 'geheim\n' };
  const { config } = load({ flags: { ...flags, sentinelPasswordFile: '/run/secret' }, files });
  t.equal(config.sentinelPassword, 'geheim');
});
