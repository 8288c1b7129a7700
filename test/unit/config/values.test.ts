import t from 'tap';
import { load, problemsOf } from './inputs.js';

t.test('lists: repeated flags, commas in the environment, a sequence or one value in YAML', async (t) => {
  const expected = ['a:1', 'b:2'];
  t.same(load({ flags: { nodes: ['A:1', 'b:2'] } }).config.nodes, expected);
  t.same(load({ flags: {}, environment: { HOLDFAST_NODE: 'a:1, b:2' } }).config.nodes, expected);
  t.same(load({ flags: {}, file: 'f', files: { f: 'node: [a:1, b:2]' } }).config.nodes, expected);
  t.same(load({ flags: {}, file: 'f', files: { f: 'node: a:1' } }).config.nodes, ['a:1']);
});

t.test('booleans: bare, =true, =false, and words in the environment', async (t) => {
  const nodes = ['a:1'];
  t.equal(load({ flags: { nodes, forceOnTimeout: true } }).config.forceOnTimeout, true);
  t.equal(load({ flags: { nodes, requirePause: 'false' } }).config.requirePause, false);
  t.equal(load({ environment: { HOLDFAST_REQUIRE_PAUSE: 'no' } }).config.requirePause, false);
  t.equal(load({ file: 'f', files: { f: 'require_pause: false' } }).config.requirePause, false);
  t.match(problemsOf({ flags: { nodes, requirePause: 'perhaps' } }), [
    /^require_pause must be true or false, not "perhaps"/,
  ]);
});

t.test('listeners: IPv4, IPv6, names, all addresses, sockets', async (t) => {
  const { config } = load({
    flags: { nodes: ['a:1'], listen: ['0.0.0.0:1', '[::1]:2', 'Host:3', ':4', 'unix:/run/holdfast.sock'] },
  });
  t.same(config.listen, [
    { kind: 'tcp', host: '0.0.0.0', port: 1 },
    { kind: 'tcp', host: '::1', port: 2 },
    { kind: 'tcp', host: 'host', port: 3 },
    { kind: 'tcp', host: '::', port: 4 },
    { kind: 'unix', path: '/run/holdfast.sock' },
  ]);
});

for (const listen of ['6380', 'localhost', 'a:65536', '::1:6380', 'a b:1', 'unix:', `unix:/${'x'.repeat(107)}`]) {
  t.test(`no listener: ${listen.slice(0, 20)}`, async (t) => {
    t.match(problemsOf({ flags: { nodes: ['a:1'], listen: [listen] } }), [/^listen must be host:port/]);
  });
}

for (const given of ['1.5', '-1', '0', '600001', '1e3', ' 5', '', 'NaN']) {
  t.test(`no time: ${JSON.stringify(given)}`, async (t) => {
    const problems = problemsOf({ flags: { nodes: ['a:1'], syncTimeoutMs: given } });
    t.equal(problems.length, 1, 'one mistake is one problem');
    t.match(problems[0], `sync_timeout_ms must be a whole number of milliseconds from 1 to 600000, not "${given}"`);
  });
}

t.test('a secret is read from its file, without the final line break', async (t) => {
  const { config, sources } = load({
    environment: { HOLDFAST_ADMIN_PASSWORD_FILE: '/run/secrets/admin' },
    files: { '/run/secrets/admin': 'open sesame\n' },
  });
  t.equal(config.adminPassword, 'open sesame');
  t.equal(sources.get('adminPassword'), 'file /run/secrets/admin');
});

t.test('the proxies in front of nodes', async (t) => {
  const flags = { nodes: ['a:1'], topology: 'redis-cluster', announce: 'Proxy:6380' };
  const { config } = load({ flags: { ...flags, announceNodes: ['B:1=proxy-b:6380', '[::1]:1=[::2]:1'] } });
  t.equal(config.announce, 'proxy:6380');
  t.same(config.announceNodes, [
    { node: 'b:1', proxy: 'proxy-b:6380' },
    { node: '[::1]:1', proxy: '[::2]:1' },
  ]);
  for (const pair of ['b:1', 'b:1=', '=b:1', 'b:1=c:1=d:1', 'b=c']) {
    t.match(problemsOf({ flags: { ...flags, announceNodes: [pair] } }), [/^announce_node must be node=proxy/]);
  }
});
