import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';

/** A wrong password inside a pipeline, and what must not run as that user behind it. */
const PIPELINE = [
  ['AUTH', 'app', 'wrong'],
  ['SET', 'app:stolen', '1'],
  ['MULTI'],
  ['SET', 'app:stolen', '1'],
  ['EXEC'],
  ['SUBSCRIBE', 'app:news'],
  ['AUTH', 'app', ''],
  ['GET', 'app:own'],
];

void t.test('a user is who has the password, whoever else is connected as that user', async (t) => {
  const server = await RedisServer.start({
    users: [
      'default off',
      'app on >secret ~app:* &* +@all',
      'guest on >guest ~guest:* resetchannels +@all',
      'late on >secret ~app:* +@all',
    ],
  });
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id, {
    nodeAuth: ['app', 'secret'].map((part) => Buffer.from(part)),
  });
  t.teardown(() => holdfast.stop());
  const connected = async (): Promise<Awaited<ReturnType<typeof holdfast.client>>> => {
    const client = await holdfast.client();
    t.teardown(() => client.close());
    return client;
  };

  t.test('with a lane of that user open', async (t) => {
    const owner = await connected();
    t.equal(await owner.call('AUTH', 'app', 'secret'), '+OK\r\n');
    t.equal(await owner.call('SET', 'app:own', '1'), '+OK\r\n');
    for (const before of [null, ['AUTH', 'guest', 'guest']]) {
      const client = await connected();
      if (before !== null) t.equal(await client.call(...before), '+OK\r\n');
      client.send(Buffer.concat(PIPELINE.map((request) => encodeCommand(...request))));
      const replies = (await client.replies(PIPELINE.length)).toString().trimEnd().split('\r\n');
      const refused = before === null ? /^-(EXECABORT .*: )?NOAUTH / : /^-(NOPERM|EXECABORT) |^\+OK$/;
      for (const [at, [name]] of PIPELINE.entries()) {
        t.match(
          replies[at],
          name === 'AUTH' ? /^-WRONGPASS / : refused,
          `${name} ${before === null ? '' : 'as guest'}`,
        );
      }
    }
    t.equal(await owner.call('EXISTS', 'app:stolen'), ':0\r\n', 'nothing ran as that user');
  });

  t.test('a guess that is under way does not keep the right password out, nor let itself in', async (t) => {
    const [guesser, owner] = [await connected(), await connected()];
    await server.freeze();
    guesser.send(encodeCommand('AUTH', 'late', 'wrong'));
    owner.send(encodeCommand('AUTH', 'late', 'secret'));
    server.resume();
    t.match((await guesser.replies(1)).toString(), /^-WRONGPASS /);
    t.equal((await owner.replies(1)).toString(), '+OK\r\n');
    t.match(await guesser.call('GET', 'app:own'), /^-NOAUTH /);
    t.equal(await owner.call('GET', 'app:own'), '$1\r\n1\r\n');
  });
});
