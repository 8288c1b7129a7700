import t from 'tap';
import { problemsOf } from './inputs.js';

const nodes = ['10.0.0.1:6379'];

t.test('the pause must outlive catching up and the promotion', async (t) => {
  t.same(problemsOf({ flags: { nodes, pauseTimeoutMs: '300' } }), [
    'pause_timeout_ms (300) must be more than sync_timeout_ms (100) + promote_timeout_ms (200)',
  ]);
  t.same(problemsOf({ flags: { nodes, pauseTimeoutMs: '301' } }), []);
});

t.test('a rule is not judged on values that are wrong by themselves', async (t) => {
  t.equal(problemsOf({ flags: { nodes, pauseTimeoutMs: '1', syncTimeoutMs: 'x' } }).length, 1);
});

t.test('the shortest wait must not be longer than the longest', async (t) => {
  t.match(problemsOf({ flags: { nodes, retryMinMs: '20', retryMaxMs: '10' } }), [/^retry_min_ms \(20\)/]);
});

t.test('a node is given once, however it is spelt', async (t) => {
  t.same(problemsOf({ flags: { nodes: ['A:1', 'a:1', 'b:1', 'a:01'] } }), ['node a:1 is given more than once']);
});

t.test('two listeners can not have one port', async (t) => {
  t.same(problemsOf({ flags: { nodes, admin: '127.0.0.1:6380' } }), [
    'listen 127.0.0.1:6380 and admin 127.0.0.1:6380 want the same port',
  ]);
  t.match(problemsOf({ flags: { nodes, http: ':6381' } }), [/^admin 127\.0\.0\.1:6381 and http \[::\]:6381/]);
  t.equal(problemsOf({ flags: { nodes, listen: ['unix:/a', 'unix:/a'] } }).length, 1);
  t.same(problemsOf({ flags: { nodes, listen: ['127.0.0.1:0', '127.0.0.1:0'] } }), [], 'port 0 is a new one each time');
  t.same(problemsOf({ flags: { nodes, listen: ['10.0.0.1:6381'] } }), [], 'another address');
});

t.test('Holdfast does not stand in front of itself', async (t) => {
  t.same(problemsOf({ flags: { nodes: ['localhost:6380'] } }), [
    'node localhost:6380 is Holdfast itself (listen 127.0.0.1:6380)',
  ]);
  t.match(problemsOf({ flags: { nodes: ['127.0.0.1:7'], listen: [':7'] } }), [/is Holdfast itself/]);
  t.same(problemsOf({ flags: { nodes: ['10.0.0.1:6380'] } }), [], 'another machine');
});

t.test('an admin port that others reach wants a password', async (t) => {
  t.match(problemsOf({ flags: { nodes, admin: '0.0.0.0:6381' } }), [/^admin 0\.0\.0\.0:6381 is not on loopback/]);
  t.same(problemsOf({ flags: { nodes, admin: '0.0.0.0:6381', adminPassword: 'x' } }), []);
  for (const admin of ['localhost:1', '127.9.9.9:1', '[::1]:1', 'unix:/run/admin.sock']) {
    t.same(problemsOf({ flags: { nodes, admin } }), [], admin);
  }
});

t.test('a user without a password can not log in', async (t) => {
  t.match(problemsOf({ flags: { nodes, nodeUsername: 'holdfast' } }), [/needs node_password/]);
});

t.test('who asks for TLS does not get plain text by an oversight', async (t) => {
  const pair = { tlsCertFile: ['/c'], tlsKeyFile: ['/k'] };
  t.match(problemsOf({ flags: { nodes, ...pair } }), [/^tls_cert_file is given, but nothing speaks TLS/]);
  t.same(problemsOf({ flags: { nodes, ...pair, nodeTls: true } }), []);
  t.match(problemsOf({ flags: { nodes, nodeTlsServerName: 'redis' } }), [
    /^node_tls_server_name is given, but the nodes/,
  ]);
  t.match(problemsOf({ flags: { nodes, http: 'tls://:1' } }), [/^http tls:\/\/\[::\]:1 needs tls_cert_file/]);
  t.match(problemsOf({ flags: { nodes, ...pair, listen: ['tls://:1'] } }), [
    /^tls_auth_clients \(yes\) needs tls_ca_cert_file/,
  ]);
  t.same(problemsOf({ flags: { nodes, ...pair, listen: ['tls://:1'], tlsAuthClients: 'no' } }), []);
  t.same(problemsOf({ flags: { nodes, ...pair, listen: ['tls://:1', ':2'], tlsCaCertFile: '/ca' } }), []);
});

t.test('the settings of kvrocks-controller belong to its topology', async (t) => {
  const controller = { controllers: ['http://10.0.0.9:9379'], controllerNamespace: 'ns', controllerCluster: 'c' };
  const topology = 'kvrocks-controller';
  t.same(problemsOf({ flags: { nodes, topology, ...controller } }), []);
  t.same(problemsOf({ flags: { nodes, topology } }), [
    'topology kvrocks-controller needs controller',
    'topology kvrocks-controller needs controller_namespace',
    'topology kvrocks-controller needs controller_cluster',
  ]);
  t.same(problemsOf({ flags: { nodes, controllerCluster: 'c' } }), [
    'controller_cluster is for topology kvrocks-controller alone',
  ]);
  for (const wrong of ['10.0.0.9:9379', 'ftp://10.0.0.9', 'http://10.0.0.9/api', 'http://user@10.0.0.9']) {
    t.match(problemsOf({ flags: { nodes, topology, ...controller, controllers: [wrong] } }), [/must be http:/], wrong);
  }
});

t.test('announcing is for cluster clients, and for all nodes or none', async (t) => {
  const announceNodes = ['10.0.0.2:6379=proxy-b:6380'];
  t.match(problemsOf({ flags: { nodes, announce: 'proxy:6380' } }), [/^announce proxy:6380 .* topology is direct/]);
  t.match(problemsOf({ flags: { nodes, announceNodes } }), [/^announce_node is given, but not announce/]);
  const announced = { nodes, topology: 'redis-cluster', announce: 'proxy:6380' };
  t.same(problemsOf({ flags: { ...announced, announceNodes } }), []);
  t.same(problemsOf({ flags: { ...announced, announceNodes: [...announceNodes, ...announceNodes] } }), [
    'announce_node 10.0.0.2:6379 is given more than once',
  ]);
});

t.test('what Holdfast does with dead and former masters is not for shards that somebody else owns', async (t) => {
  const own = { nodes, autoFailover: 'yes', protectDiverged: 'yes' };
  t.same(problemsOf({ flags: own }), []);
  t.match(problemsOf({ flags: { ...own, topology: 'redis-cluster' } }), [
    /^auto_failover is for topology direct alone, and topology is redis-cluster/,
    /^protect_diverged is for topology direct alone, and topology is redis-cluster/,
  ]);
});
