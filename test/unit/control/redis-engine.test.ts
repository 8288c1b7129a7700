import t from 'tap';
import { engineFor } from '../../../src/control/engines/detect-engine.js';
import type { Engine } from '../../../src/control/engines/engine.js';
import { redisEngine } from '../../../src/control/engines/redis.js';
import type { CommandLine, NodeLink, Reply } from '../../../src/control/node-link.js';
import { NodeError } from '../../../src/switchover/ports.js';

const NODE = 'a:1';

/** A link that keeps what was sent, write by write, and answers from the list. */
function scriptedLink(...answers: readonly (Reply | NodeError)[]) {
  const writes: string[] = [];
  const left = [...answers];
  const write = (commands: readonly CommandLine[]) => {
    writes.push(commands.map((command) => command.join(' ')).join(' | '));
    return commands.map(() => left.shift() ?? null);
  };
  const link: NodeLink = {
    node: NODE,
    async call(command) {
      const [reply = null] = write([command]);
      if (reply instanceof NodeError) throw reply;
      return reply;
    },
    pipeline: async (commands) => write(commands),
  };
  return { link, writes };
}

const refused = (message: string) => new NodeError(NODE, 'refused', message, message.split(' ')[0]);

void t.test('each command of a switch is one write', async (t) => {
  const written = async (run: (engine: Engine, link: NodeLink) => Promise<unknown>, ...answers: readonly Reply[]) => {
    const { link, writes } = scriptedLink(...answers);
    await run(redisEngine, link);
    return writes;
  };
  const master: Reply = ['master', 10, []];
  const replica: Reply = ['slave', 'b', 2, 'connected', 9];
  t.same(await written((engine, link) => engine.fence(link, 499.2, 1), 'OK', master), [
    'CLIENT PAUSE 500 WRITE | ROLE',
  ]);
  t.same(await written((engine, link) => engine.masterOffset(link, 1), master), ['ROLE']);
  t.same(await written((engine, link) => engine.appliedOffset(link, 1), replica), ['ROLE']);
  t.same(await written((engine, link) => engine.extendFence(link, 500, 1), 'OK'), ['CLIENT PAUSE 500 WRITE']);
  t.same(await written((engine, link) => engine.unfence(link, 1), 'OK'), ['CLIENT UNPAUSE']);
  t.same(await written((engine, link) => engine.promote(link, 1), 'OK'), ['REPLICAOF NO ONE']);
  t.same(await written((engine, link) => engine.follow(link, '[::1]:7', 1), 'OK'), ['REPLICAOF ::1 7']);
  t.same(await written((engine, link) => engine.demote(link, 'b:2', 1), 'OK', 'QUEUED', 'QUEUED', ['OK', 'OK']), [
    'MULTI | REPLICAOF b 2 | CLIENT UNPAUSE | EXEC',
  ]);
});

void t.test('the fence tells the offset behind the pause, and every way in which there is none', async (t) => {
  const fence = (...answers: readonly (Reply | NodeError)[]) =>
    redisEngine.fence(scriptedLink(...answers).link, 500, 1);
  t.equal(await fence('OK', ['master', 42, []]), 42);
  await t.rejects(fence(refused('NOPERM no'), ['master', 42, []]), {
    name: 'NodeError',
    kind: 'refused',
    code: 'NOPERM',
  });
  await t.rejects(fence('OK', refused('NOPERM no')), { name: 'NodeError', kind: 'refused' });
  await t.rejects(fence('OK', ['slave', 'b', 2, 'connected', 42]), { name: 'NodeError', kind: 'unknown' });
  await t.rejects(fence('OK', 'gibberish'), { name: 'NodeError', kind: 'unknown' });
});

void t.test('a demotion that was refused, while queueing or while running, is refused', async (t) => {
  const demote = (...answers: readonly (Reply | NodeError)[]) =>
    redisEngine.demote(scriptedLink(...answers).link, 'b:2', 1);
  const queueing = [refused('NOPERM no REPLICAOF'), 'QUEUED', refused('EXECABORT Transaction discarded')];
  await t.rejects(demote('OK', ...queueing), { name: 'NodeError', kind: 'refused', message: /NOPERM/ });
  const running = [new Error('ERR REPLICAOF not allowed in cluster mode.'), 'OK'];
  await t.rejects(demote('OK', 'QUEUED', 'QUEUED', running), {
    name: 'NodeError',
    kind: 'refused',
    message: /cluster mode/,
  });
  await t.rejects(demote('OK', 'QUEUED', 'QUEUED', null), { name: 'NodeError', kind: 'unknown' });
});

void t.test('facts do without what an ACL may forbid', async (t) => {
  const answers = (role: string, ...last: readonly (Reply | NodeError)[]) =>
    scriptedLink('redis_version:6.2.0', role, 'loading:1', 'cluster_enabled:1', '# Keyspace\r\n', ...last).link;
  const forbidden = refused('NOPERM no');
  const master = await redisEngine.facts(answers('role:master\r\nmaster_repl_offset:5', forbidden, forbidden), 1);
  t.match(master, { role: 'master', offset: 5, priority: 100, loading: true, clusterEnabled: true, canPause: true });
  t.notOk('watchedBySentinel' in master, 'not known');
  t.notOk('replId' in master, 'not known');
  t.notOk('isEmpty' in master, 'its keys may be on their way');
  const info =
    'role:slave\r\nmaster_host:A\r\nmaster_port:1\r\nslave_repl_offset:4\r\nslave_priority:7\r\nmaster_link_status:down';
  t.match(await redisEngine.facts(answers(info, forbidden, ['x', 2]), 1), {
    priority: 7,
    watchedBySentinel: true,
    offset: 4,
    follows: { node: 'a:1', linkUp: false, syncing: false },
  });
  t.match(await redisEngine.facts(answers(info, ['replica-priority', '0'], forbidden), 1), { priority: 0 });
  await t.rejects(redisEngine.facts(scriptedLink(forbidden).link, 1), { name: 'NodeError', code: 'NOPERM' });
});

void t.test('a node without a single key is known as such', async (t) => {
  const isEmpty = async (keyspace: Reply | NodeError) => {
    const { link } = scriptedLink('redis_version:7.0.15', 'role:master', 'loading:0', '', keyspace);
    return (await redisEngine.facts(link, 1)).isEmpty;
  };
  t.equal(await isEmpty('# Keyspace\r\n'), true);
  t.equal(await isEmpty('# Keyspace\r\ndb3:keys=1,expires=0,avg_ttl=0\r\n'), undefined);
  t.equal(await isEmpty(refused('NOPERM no')), undefined, 'not known');
});

void t.test('CLIENT PAUSE … WRITE is there since Redis 6.2, and in every Valkey', async (t) => {
  const canPause = async (name: 'redis' | 'valkey', server: string) =>
    (await engineFor(name)?.facts(scriptedLink(server, 'role:master').link, 1))?.canPause;
  t.equal(await canPause('redis', 'redis_version:6.0.16'), false);
  t.equal(await canPause('redis', 'redis_version:6.2.0'), true);
  t.equal(await canPause('redis', 'redis_version:7.0.15'), true);
  t.equal(await canPause('redis', 'redis_version:10.0.0'), true);
  t.equal(await canPause('valkey', 'redis_version:7.2.4\r\nvalkey_version:8.0.1'), true);
});
