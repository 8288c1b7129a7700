import { createServer } from 'node:net';
import t from 'tap';
import { statusReply } from './answers.js';
import { holdfast } from './command-line.js';
import { FakeAdmin } from './fake-admin.js';

t.test('address and password come from flags, environment, file, as for serve', async (t) => {
  const admin = await FakeAdmin.start({ STATUS: () => statusReply() }, 'sesame');
  t.teardown(() => admin.stop());
  const at = admin.address;
  const files = { '/secret': 'sesame\n', 'h.yaml': `admin: ${at}\nadmin_password: sesame\nnode: a:1\n` };
  for (const [argv, environment] of [
    [['--admin', at, '--admin-password', 'sesame'], {}],
    [['--admin', at, '--admin-password-file=/secret'], {}],
    [[], { HOLDFAST_ADMIN: at, HOLDFAST_ADMIN_PASSWORD: 'sesame' }],
    [['--config', 'h.yaml'], {}],
    [[], { HOLDFAST_CONFIG: 'h.yaml' }],
  ] as const) {
    t.equal(
      (await holdfast(['status', ...argv], { environment, files })).exitCode,
      0,
      JSON.stringify([argv, environment]),
    );
  }
});

t.test('a password that is wrong or missing: exit status 4, the server’s words, the password not shown', async (t) => {
  const admin = await FakeAdmin.start({}, 'sesame');
  t.teardown(() => admin.stop());
  const wrong = await holdfast(['status', '--admin', admin.address, '--admin-password', 'hunter2']);
  t.equal(wrong.exitCode, 4);
  t.match(wrong.stderr, 'WRONGPASS');
  t.notMatch(wrong.stderr, 'hunter2');
  const missing = await holdfast(['status', '--admin', admin.address]);
  t.equal(missing.exitCode, 4);
  t.match(missing.stderr, 'NOAUTH');
});

t.test('nobody listens: exit status 4 and the address', async (t) => {
  const admin = await FakeAdmin.start({});
  const { address } = admin;
  await admin.stop();
  for (const command of ['status', 'switchover', 'nodes', 'history', 'hold', 'release']) {
    const { exitCode, stderr } = await holdfast([command, '--admin', address]);
    t.equal(exitCode, 4, command);
    t.match(stderr, `The admin port ${address} can not be used: connect ECONNREFUSED`);
  }
});

t.test('somebody else listens, and says nothing: exit status 4', async (t) => {
  const server = createServer((socket) => t.teardown(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const { exitCode, stderr } = await holdfast(['status', '--admin', `127.0.0.1:${port}`]);
  t.equal(exitCode, 4);
  t.match(stderr, 'it does not answer');
});
