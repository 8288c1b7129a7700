import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import type { KvrocksDoubleOptions } from '../../support/kvrocks/double-options.js';
import { RawClient } from '../../support/raw-client.js';
import { Pair, seededRandom, type Request } from '../proxy/support/twins.js';

/** What differs from Redis, and what that might disturb; `~` stands for an empty word, `_` inside a word for a blank. */
const LINES = `
SELECT 1 | SET a 1 | SELECT 0 | GET a | SELECT 99 | GET a | SELECT abc | DBSIZE | SELECT 0
WAIT 0 10 | WAIT x | SET a 2 | WAIT 1 100 | GET a | SWAPDB 0 1 | LATENCY LATEST | ACL WHOAMI
CLIENT SETINFO LIB-NAME x | CLIENT TRACKING on | GET a | CLIENT TRACKING on BCAST | CLIENT REPLY ON | CLIENT REPLY OFF | GET a | CLIENT REPLY SKIP
GET a | GET a | CLIENT NO-EVICT on | CLIENT NO-TOUCH on | CLIENT CACHING yes | CLIENT GETREDIR | CLIENT TRACKINGINFO | CLIENT NOSUCH | GET a
CLIENT SETNAME me | CLIENT GETNAME | CLIENT UNBLOCK 1 | CLIENT KILL 1.2.3.4:5 | CLIENT KILL ADDR 1.2.3.4:5 | CLIENT KILL ID 99999999 | GET a
AUTH x | AUTH u x | HELLO 2 AUTH default x | HELLO 4 | HELLO abc | HELLO 2 NOPE | GET a
HELLO 3 | CLIENT SETNAME ~ | CLIENT GETNAME | HSET h f 1 | HGETALL h | GET nope | HELLO | HGETALL h | GET nope | HELLO 2 | HGETALL h | HELLO 3 SETNAME me | HGETALL h | CLIENT GETNAME
BLPOP nope 0.01 | MULTI | GET nope | HGETALL h | EXEC | SELECT 2 | HGETALL h | HELLO 3 | HELLO 2
MULTI | SET a 3 | GET a | EXEC | MULTI | GET | SET a 4 | EXEC | GET a | WATCH a | SET a 5 | MULTI | GET a | EXEC | MULTI | NOSUCH | EXEC | DISCARD
MULTI | BLPOP nope 0 | SELECT 3 | CLIENT SETINFO LIB-NAME x | CLIENT NO-EVICT on | EXEC | MULTI | HELLO 3 | HGETALL h | EXEC | HGETALL h | HELLO 2
BLPOP nope 0.01 | RPUSH q a b c | BLPOP q 0 | BRPOP q 0.5 | XREAD BLOCK 10 STREAMS nope $ | BLMOVE q q2 LEFT RIGHT 0 | BLPOP a 0
EVAL return_1 0 | SCRIPT LOAD return_7 | EVALSHA ffffffffffffffffffffffffffffffffffffffff 0 | SCRIPT EXISTS ffffffffffffffffffffffffffffffffffffffff
PUBLISH nobody hi | UNSUBSCRIBE | SUBSCRIBE | PSUBSCRIBE | COMMAND COUNT | COMMAND DOCS get | COMMAND INFO get | CONFIG GET slave-priority | GET a
CLUSTER INFO | NAMESPACE GET * | RESET | GET a
`;

const CONVERSATION: readonly Request[] = LINES.trim()
  .split(/\n| \| /)
  .map((line) => line.split(' ').map((word) => (word === '~' ? '' : word.replaceAll('_', ' '))));

async function compare(options: KvrocksDoubleOptions): Promise<void> {
  const name = options.resp3 === true ? 'with RESP3' : 'with RESP3 switched off, and CLIENT PAUSE unknown';
  await t.test(`a Kvrocks ${name} answers the same bytes behind Holdfast`, async (t) => {
    const [direct, behind] = [await KvrocksDouble.start(options), await KvrocksDouble.start(options)];
    const holdfast = await HoldfastInProcess.start(behind.id);
    t.teardown(async () => {
      await holdfast.stop();
      await Promise.all([direct.dispose(), behind.dispose()]);
    });
    const random = seededRandom(5);
    for (const cut of ['alone', 'pipelined', 'at-random'] as const) {
      for (const each of [direct, behind]) await each.server.send('FLUSHALL');
      const pair = new Pair(await RawClient.connect(direct), await holdfast.client());
      t.teardown(() => pair.close());
      await pair.converse(t, CONVERSATION, cut, random);
    }
  });
}

await compare({ hasPause: false });
await compare({ resp3: true });
