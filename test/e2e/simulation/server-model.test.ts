import t from 'tap';
import { COMMANDS } from '../../simulation/server/command-list.js';
import { startShard } from '../../support/shard.js';
import { modelledPair, realPair, type Pair } from './support/pairs.js';

/** `connection@node words`; in front: how many replies are waited for, where that is not 1; `< connection`: one more reply there. */
const SCENES: Readonly<Record<string, readonly string[]>> = {
  'plain commands': [
    'a@0 SET k v',
    'a@0 GET k',
    'a@0 SET k w NX',
    'a@0 INCR n',
    'a@0 INCR k',
    'a@0 RPUSH l a b c',
    'a@0 LLEN l',
    'a@0 LRANGE l 0 -1',
    'a@0 LRANGE l 1 1',
    'a@0 LPOP l',
    'a@0 INCR l',
    'a@0 GET l',
    'a@0 RPUSH k x',
    'a@0 DEL k n nothing',
    'a@0 GET k',
    'a@0 PING',
    'a@0 PING word',
    'a@0 ECHO word',
    'a@0 GET',
    'a@0 NOSUCH x y',
    'a@0 SELECT 1',
    'a@0 GET l',
    'a@0 SET other 1',
    'sync',
    'b@1 LRANGE l 0 -1',
    'b@1 SET k v',
    'b@1 PUBLISH c m',
    'b@1 SELECT 1',
    'b@1 GET other',
  ],
  transactions: [
    'a@0 EXEC',
    'a@0 DISCARD',
    'a@0 MULTI',
    'a@0 MULTI',
    'a@0 SET k v',
    'a@0 BLPOP nothing 0',
    'a@0 EXEC',
    'a@0 WATCH k',
    'b@0 SET k w',
    'a@0 MULTI',
    'a@0 INCR n',
    'a@0 EXEC',
    'a@0 MULTI',
    'a@0 GET',
    'a@0 EXEC',
    'a@0 WATCH k',
    'a@0 UNWATCH',
    'b@0 SET k x',
    'a@0 MULTI',
    'a@0 WATCH k',
    'a@0 GET k',
    'a@0 EXEC',
    'c@1 MULTI',
    'c@1 SET k v',
    'c@1 EXEC',
  ],
  'calls that wait': [
    '0 a@0 BLPOP q r 0',
    '0 b@0 BLPOP q 0',
    'c@0 RPUSH q 1 2 3',
    '< a',
    '< b',
    'c@0 LRANGE q 0 -1',
    'c@0 BLPOP q 0',
    'c@0 BLPOP q 0.01',
    'c@0 MULTI',
    'c@0 RPUSH q x',
    'c@0 LPOP q',
    '0 a@0 BLPOP q 0',
    'c@0 EXEC',
    'c@0 RPUSH q y',
    '< a',
    'sync',
    'd@1 LLEN q',
  ],
  'pub/sub': [
    's@0 SUBSCRIBE c',
    'r@1 SUBSCRIBE c',
    'a@0 PUBLISH c one',
    '< s',
    '< r',
    's@0 PING',
    's@0 GET k',
    's@0 UNSUBSCRIBE c',
    's@0 PING',
    'a@0 PUBLISH c two',
    '< r',
  ],
  scripts: [
    'a@0 EVALSHA 0000000000000000000000000000000000000000 1 n',
    'a@0 EVAL return(redis.call("INCR",KEYS[1])) 1 n',
    'a@0 SCRIPT EXISTS 0000000000000000000000000000000000000000',
    'sync',
    'b@1 GET n',
    'b@1 EVAL return(redis.call("INCR",KEYS[1])) 1 n',
  ],
  'a switch: pause, promotion, demotion, and who waited meanwhile': [
    'a@0 SET k v',
    'a@0 ROLE',
    '0 w@0 BLPOP q 0',
    'm@0 MULTI',
    'm@0 SET k m',
    'a@0 CLIENT PAUSE 60000 WRITE',
    '0 h@0 SET k held',
    '0 m@0 EXEC',
    '0 e@0 EVAL return(1) 0',
    'a@0 GET k',
    'sync',
    'b@1 REPLICAOF NO ONE',
    'b@1 SET k new',
    'a@0 MULTI',
    'a@0 REPLICAOF {1}',
    'a@0 CLIENT UNPAUSE',
    'a@0 EXEC',
    '< h',
    '< m',
    '< w',
    'end w',
    'sync',
    'a@0 GET k',
    'a@0 SET k v',
    'b@1 INFO stats',
  ],
  'a master that wrote alone loses it when it follows another': [
    'a@0 SET k v',
    'sync',
    'b@1 REPLICAOF NO ONE',
    'a@0 SET k alone',
    'b@1 SET other 1',
    'a@0 REPLICAOF {1}',
    'sync',
    'a@0 GET k',
    'a@0 GET other',
    'b@1 INFO stats',
  ],
};

/** What can not be equal: addresses, and how far a stream had gone before the scene. */
function comparable(reply: string, [first, second]: readonly string[]): string {
  if (reply.includes('sync_full')) return reply.match(/sync_(full|partial_ok):\d+/g)?.join() ?? '';
  if (/\$6\r\nmaster|\$5\r\nslave/.test(reply)) return reply.slice(0, 15);
  const [host = '', port = ''] = (second ?? '').split(':');
  return reply
    .replaceAll(first ?? '', '{0}')
    .replaceAll(host, 'host')
    .replaceAll(port, 'port');
}

async function play(pair: Pair, scene: readonly string[]): Promise<readonly string[]> {
  const heard: string[] = [];
  for (const line of scene) {
    const words = line.replace('{1}', pair.addresses[1].replace(':', ' ')).split(' ');
    if (line === 'sync') await pair.inSync();
    else if (words[0] === 'end') await pair.ended(words[1] ?? '');
    else if (words[0] === '<') heard.push(`${line}: ${await pair.hear(words[1] ?? '', 1)}`);
    else {
      const replies = /^\d+$/.test(words[0] ?? '') ? Number(words.shift()) : 1;
      const [connection = '', node] = (words.shift() ?? '').split('@');
      heard.push(`${line}: ${await pair.say(connection, node === '1' ? 1 : 0, words, replies)}`);
    }
  }
  return heard.map((each) => comparable(each, pair.addresses));
}

for (const [name, scene] of Object.entries(SCENES)) {
  void t.test(`the model of a server answers as a real one: ${name}`, async (t) => {
    const [real, model] = await Promise.all([realPair(t), modelledPair()]);
    t.same(await play(model, scene), await play(real, scene));
  });
}

void t.test('the model says of its commands what a real server says', async (t) => {
  const shard = await startShard({ replicas: 0 });
  t.teardown(() => shard.dispose());
  for (const { name, arity, flags } of COMMANDS.values()) {
    const reply = (await shard.master.send('COMMAND', 'INFO', name)) as readonly (readonly unknown[] | null)[];
    const [, realArity, realFlags] = reply[0] ?? [];
    t.same([arity, [...flags]], [realArity, realFlags], name);
  }
});
