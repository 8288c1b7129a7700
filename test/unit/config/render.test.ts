import t from 'tap';
import { renderConfig, settingsByName } from '../../../src/config/render.js';
import { load } from './inputs.js';

const flags = {
  nodes: ['a:1', '[::1]:2'],
  listen: ['unix:/run/x.sock', ':7'],
  adminPassword: 'hunter2',
  logLevel: 'debug',
};

t.test('the effective configuration has each value with its source, and no secret', async (t) => {
  const text = renderConfig(load({ flags, environment: { HOLDFAST_NODE_PASSWORD: 'hunter3' } }));
  t.match(text, 'log_level: debug # flag --log-level\n');
  t.match(text, 'sync_timeout_ms: 100 # default\n');
  t.match(text, '# admin_password: "***" # flag --admin-password\n');
  t.match(text, '# node_username: # not set\n');
  t.notMatch(text, /hunter/);
});

t.test('it can be read back as a file, and says the same', async (t) => {
  const first = load({ flags });
  const again = load({ flags: { adminPassword: 'hunter2' }, file: 'f', files: { f: renderConfig(first) } });
  t.same(again.config, first.config);
});

t.test('by name, as CONFIG GET shows it: secrets are masked, addresses are text', async (t) => {
  const view = settingsByName(load({ flags }).config);
  t.equal(view['admin_password'], '***');
  t.equal(view['node_password'], null, 'not set is not a secret');
  t.same(view['listen'], ['unix:/run/x.sock', '[::]:7']);
  t.equal(view['admin'], '127.0.0.1:6381');
  t.equal(view['require_pause'], true);
});
