import t from 'tap';
import { load } from './inputs.js';

const files = { 'h.yaml': 'node: 10.0.0.1:1\nsync_timeout_ms: 30\nprobe_interval_ms: 30\noutage_hold_ms: 30\n' };

t.test('flags go before the environment, that before the file, that before the defaults', async (t) => {
  const { config, sources } = load({
    flags: { syncTimeoutMs: '10' },
    environment: { HOLDFAST_SYNC_TIMEOUT_MS: '20', HOLDFAST_PROBE_INTERVAL_MS: '20' },
    file: 'h.yaml',
    files,
  });
  t.equal(config.syncTimeoutMs, 10);
  t.equal(config.probeIntervalMs, 20);
  t.equal(config.outageHoldMs, 30);
  t.equal(config.pauseTimeoutMs, 500);
  t.same(config.nodes, ['10.0.0.1:1']);
  t.equal(sources.get('syncTimeoutMs'), 'flag --sync-timeout-ms');
  t.equal(sources.get('probeIntervalMs'), 'environment HOLDFAST_PROBE_INTERVAL_MS');
  t.equal(sources.get('outageHoldMs'), 'h.yaml:4');
  t.equal(sources.get('pauseTimeoutMs'), 'default');
});

t.test('a wrong value that is overridden does no harm', async (t) => {
  const { config } = load({
    flags: { nodes: ['a:1'], syncTimeoutMs: '10' },
    environment: { HOLDFAST_SYNC_TIMEOUT_MS: 'soon' },
  });
  t.equal(config.syncTimeoutMs, 10);
});

t.test('an empty variable and variables that Kubernetes makes up are not settings', async (t) => {
  const { config } = load({
    environment: {
      HOLDFAST_NODE_USERNAME: '',
      HOLDFAST_SERVICE_HOST: '10.0.0.9',
      HOLDFAST_PORT: 'tcp://10.0.0.9:6380',
    },
  });
  t.equal(config.nodeUsername, null);
});

t.test('the configuration is frozen, lists included', async (t) => {
  const { config } = load();
  t.ok(Object.isFrozen(config));
  t.ok(Object.isFrozen(config.nodes));
  t.ok(Object.isFrozen(config.listen), 'defaults too');
});
