import type { Request } from './twins.js';

/**
 * What a client might say, one request a line: every group of commands, right and wrong, with one reply each that does not
 * depend on time or chance. Words are parted by blanks; `~` stands for an empty word, `_` inside a word for a blank.
 */
const LINES = `
PING | PING hello | ECHO hi | ECHO | PING a b | NOSUCHCOMMAND a b | nosuch | GET | GET a b c | get a | gEt a
SET a 1 | GET a | SET a 2 NX | SET a 3 XX GET | SETNX a 4 | SETEX b 100 v | PSETEX b 100000 v | SET c v EX 0 | SET c v EX abc
APPEND a xyz | STRLEN a | GETRANGE a 0 1 | SETRANGE a 2 ZZ | GETDEL a | GETEX b PERSIST | TTL b | INCR n | INCRBY n 41 | DECR n
INCRBYFLOAT n 0.5 | INCR n | DECRBY n x | MSET k1 1 k2 2 k3 3 | MGET k1 k2 nope k3 | MSETNX k1 9 k9 9 | MSET k1 | GETSET k1 one
LCS k1 k2 | SUBSTR k1 0 1 | SETBIT bits 7 1 | GETBIT bits 7 | BITCOUNT bits | BITPOS bits 1 | BITOP AND dest bits bits
BITFIELD bits GET u8 0 | BITFIELD_RO bits GET u4 0 | BITFIELD bits SET u8 0 255 OVERFLOW FAIL INCRBY u8 0 1
EXISTS k1 k2 nope k1 | TYPE k1 | TYPE nope | DEL k3 nope | UNLINK k2 | EXPIRE k1 100 | PERSIST k1 | EXPIRE nope 1 | EXPIRE k1 x
EXPIREAT k1 4000000000 NX | EXPIRETIME k1 | PEXPIRETIME k1 | RENAME nope x | RENAME k1 k5 | RENAMENX k5 n | COPY k5 k6
OBJECT ENCODING k5 | OBJECT REFCOUNT k5 | OBJECT HELP | OBJECT NOPE k5 | TOUCH k5 k6 nope | DUMP k5 | DUMP nope | RESTORE rr 0 xx
KEYS k5 | SCAN 0 COUNT 1000 MATCH k5 | SCAN x | DBSIZE | MOVE k6 1 | MOVE k6 99 | RANDOMKEY x | SORT nope | WAIT 0 0
RPUSH l a b c | LPUSH l z | LRANGE l 0 -1 | LPOP l | RPOP l 2 | LPOP l 0 | LLEN l | RPUSHX nope a | LINSERT l BEFORE a _x_ | LSET l 0 y
LSET l 99 y | LSET nope 0 y | LINDEX l 0 | LREM l 0 y | LTRIM l 0 5 | LPOS l a | LMOVE l l2 LEFT RIGHT | RPOPLPUSH l2 l | LMPOP 1 l LEFT
LPUSH k5 x | INCR l | RPUSH l 3 1 2 | SORT l | SORT l DESC LIMIT 0 2 | SORT_RO l | SORT l BY nosort GET # STORE sorted
SADD s a b c | SADD s a | SCARD s | SISMEMBER s a | SMISMEMBER s a q | SREM s b | SADD s2 c d | SINTER s s2 | SINTERCARD 2 s s2
SUNIONSTORE s3 s s2 | SDIFF s2 s | SMOVE s s2 a | SSCAN s2 0 MATCH d | SINTERSTORE nope s nope | SMEMBERS nope | SPOP nope | SRANDMEMBER nope
ZADD z 1 a 2 b 3 c | ZADD z XX CH 5 a | ZADD z INCR 1.5 b | ZSCORE z a | ZSCORE z nope | ZMSCORE z a nope | ZCARD z | ZCOUNT z -inf +inf
ZRANGE z 0 -1 WITHSCORES | ZRANGE z (1 +inf BYSCORE LIMIT 0 1 | ZRANGEBYLEX z - + | ZREVRANGE z 0 0 | ZRANK z c | ZREVRANK z nope | ZINCRBY z nan a
ZPOPMIN z | ZPOPMAX z 2 | ZPOPMIN z | ZADD z2 1 a inf b -inf c | ZRANGE z2 0 -1 WITHSCORES | ZUNIONSTORE z3 2 z z2 | ZINTER 2 z3 z2 WITHSCORES
ZRANGESTORE z4 z2 0 -1 | ZDIFF 2 z2 z4 | ZREM z2 a | ZREMRANGEBYRANK z3 0 0 | ZMPOP 1 z4 MIN | ZRANDMEMBER nope 5 | ZLEXCOUNT z2 - + | ZADD z2 NX XX 1 a
HSET h f 1 g 2 | HGET h f | HMGET h f nope | HGETALL h | HINCRBY h f 5 | HINCRBYFLOAT h g 0.25 | HDEL h f | HEXISTS h f | HLEN h | HSTRLEN h g
HSETNX h g 1 | HKEYS h | HVALS h | HSCAN h 0 | HSET h odd | HMSET h a 1 | HRANDFIELD nope | HRANDFIELD nope 3 | HINCRBY h g x
XADD st 1-1 f v | XADD st 1-1 f v | XADD st 2-* f v | XLEN st | XRANGE st - + | XREVRANGE st + - COUNT 1 | XREAD COUNT 1 STREAMS st 0
XREAD STREAMS st $ | XGROUP CREATE st g 0 | XGROUP CREATE st g 0 | XREADGROUP GROUP g c COUNT 1 STREAMS st > | XACK st g 1-1 | XPENDING st g
XREADGROUP GROUP nope c STREAMS st > | XDEL st 1-1 | XTRIM st MAXLEN 0 | XINFO GROUPS nope | XSETID st 9-9 | XADD st NOMKSTREAM | XAUTOCLAIM st g c 0 0
GEOADD geo 13.361389 38.115556 P 15.087269 37.502669 C | GEODIST geo P C km | GEOPOS geo P nope | GEOHASH geo P C
GEOSEARCH geo FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST | GEORADIUS_RO geo 15 37 200 km ASC | GEOADD geo 200 0 x
PFADD hll a b c | PFCOUNT hll | PFMERGE hll2 hll | PFADD k5 x | PFCOUNT hll hll2 | PFDEBUG GETREG nope
PUBLISH nobody hi | SPUBLISH nobody hi | PUBSUB CHANNELS | PUBSUB NUMSUB a b | PUBSUB NUMPAT | PUBSUB SHARDCHANNELS | PUBSUB
EVAL return_1 0 | EVAL return_{1,{2,'x',{}},redis.call('get',KEYS[1])} 1 k5 | EVAL return_redis.error_reply('MY_ERR') 0 | EVAL oops( 0
EVAL return_redis.call('nope') 0 | EVAL return_1 x | EVAL return_1 -1 | EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0 | SCRIPT LOAD return_7
EVALSHA ffffffffffffffffffffffffffffffffffffffff 0 | SCRIPT EXISTS ffffffffffffffffffffffffffffffffffffffff | EVAL_RO return_redis.call('set','a','1') 0
EVAL redis.call('select','3')return_1 0 | EVAL redis.setresp(3)return_redis.call('hgetall',KEYS[1]) 1 h | SCRIPT FLUSH | SCRIPT NOPE | SCRIPT KILL
FUNCTION LOAD #!lua_name=lib\nredis.register_function('f',function(keys,args)return_args[1]end) | FCALL f 0 hi | FCALL_RO f 0 | FCALL nope 0
FUNCTION LIST | FUNCTION STATS | FUNCTION DELETE lib | FUNCTION DELETE lib | FUNCTION DUMP | FUNCTION KILL
SELECT 1 | SET only-here 1 | DBSIZE | SELECT 99 | SELECT -1 | SELECT abc | SELECT | SELECT 1 2 | GET only-here | SELECT 01 | SWAPDB 1 2 | GET only-here
SELECT 2 | GET only-here | SELECT 0 | GET only-here | SWAPDB 0 99 | FLUSHDB BOGUS
MULTI | SET m 1 | INCR m | GET m | EXEC | MULTI | INCR m | DISCARD | GET m | EXEC | DISCARD | UNWATCH | MULTI | NOSUCH | INCR m | EXEC | GET m
MULTI | LPUSH m x | INCR m | HGETALL h | EXEC | MULTI | MULTI | WATCH m | SET m | EXEC | MULTI | EXEC | WATCH m | MULTI | GET m | EXEC
WATCH m | SET m 5 | MULTI | INCR m | EXEC | GET m | WATCH m | UNWATCH | SET m 6 | MULTI | INCR m | EXEC | WATCH | MULTI x | EXEC x | DISCARD x
MULTI | EXEC x | MULTI | DISCARD x | EXEC | MULTI | DISCARD | MULTI | SELECT 3 | SET in-multi 1 | EXEC | GET in-multi | DBSIZE | SELECT 0
MULTI | SELECT 99 | SELECT abc | SELECT 4 | SELECT 98 | EXEC | SET four 1 | DBSIZE | SELECT 0 | MULTI | SELECT 5 | DISCARD | DBSIZE
WATCH m | EXEC | SET m 7 | MULTI | GET m | EXEC | WATCH m | DISCARD | MULTI | SET m 8 | BLPOP nope 0 | BLPOP nope 0 | EXEC | GET m
MULTI | PING | ECHO x | EVAL return_{1,2} 0 | XREAD BLOCK 0 STREAMS nope $ | WAIT 0 0 | EXEC
BLPOP nope 0.01 | RPUSH q a b c d e f | BLPOP nope q 0 | BRPOP q 0.5 | BLMOVE q q2 LEFT RIGHT 0 | BRPOPLPUSH q q2 0 | BLMPOP 0.01 1 q RIGHT | BLMPOP 0.01 1 nope LEFT
BLPOP k5 0 | BLPOP q x | BLPOP q -1 | BLPOP q | ZADD bz 1 a 2 b 3 c | BZPOPMIN bz 0 | BZPOPMAX nope bz 0 | BZMPOP 0 1 bz MIN | BZPOPMIN bz 0.01
XADD bs 1-1 f v | XREAD BLOCK 10 STREAMS bs 0 | XREAD BLOCK 10 STREAMS bs 5 | XREAD BLOCK x STREAMS bs 0 | XREAD block 10 COUNT 1 STREAMS bs 0
CLIENT NOSUCH | CLIENT | CLIENT SETNAME me | CLIENT GETNAME | CLIENT SETNAME a\\x20b | CLIENT SETNAME bad_name | CLIENT GETNAME | CLIENT SETNAME ~ | CLIENT GETNAME | CLIENT ID x
CLIENT KILL | CLIENT KILL 1.2.3.4:5 | CLIENT KILL ID 0 | CLIENT KILL ID x | CLIENT KILL TYPE nope | CLIENT KILL USER nope | CLIENT KILL ADDR 1.2.3.4:5 | CLIENT KILL ID 99999999
CLIENT KILL SKIPME maybe | CLIENT KILL ADDR | CLIENT KILL NOPE x | CLIENT KILL ID 99999999 TYPE normal SKIPME yes | CLIENT LIST TYPE nope | CLIENT LIST ID x | CLIENT LIST NOPE
CLIENT SETINFO lib-name x | CLIENT NO-EVICT on | CLIENT NO-EVICT maybe | CLIENT NO-EVICT off | CLIENT NO-TOUCH on | CLIENT UNBLOCK 99999999 | CLIENT UNBLOCK x | CLIENT UNBLOCK 1 MAYBE
CLIENT TRACKINGINFO | CLIENT GETREDIR | CLIENT CACHING yes | CLIENT TRACKING maybe | CLIENT TRACKING on BCAST NOLOOP PREFIX a PREFIX ab | CLIENT PAUSE x | CLIENT PAUSE | CLIENT UNPAUSE
CLIENT REPLY on | CLIENT REPLY maybe | CLIENT HELP | CLIENT LIST TYPE master | CLIENT PAUSE 0 | CLIENT UNPAUSE
AUTH | AUTH wrong | AUTH a b c | AUTH nobody wrong | HELLO 9 | HELLO x | HELLO 2 SETNAME | HELLO 2 NOPE | HELLO 2 AUTH nobody wrong | HELLO 2 SETNAME bad_name
HELLO 2 SETNAME named | CLIENT GETNAME | HELLO | CLIENT SETNAME ~
ACL WHOAMI | ACL USERS | ACL CAT nope | ACL GETUSER nope | ACL SETUSER x +nosuch | ACL DELUSER nope | ACL DRYRUN default get a | ACL NOPE
COMMAND COUNT | COMMAND GETKEYS SET a b | COMMAND GETKEYS PING | COMMAND DOCS get | COMMAND INFO get nope | COMMAND NOPE | CONFIG GET maxmemory-policy | CONFIG SET nope 1
CONFIG NOPE | CONFIG SET maxmemory 0 | MEMORY USAGE nope | MEMORY DOCTOR | MEMORY NOPE | SLOWLOG LEN x | SLOWLOG RESET | LATENCY RESET | LATENCY LATEST | LOLWUT VERSION x
LOLWUT | DEBUG SLEEP 0 | CLUSTER INFO | CLUSTER NOPE | READONLY | READWRITE | ASKING | MODULE LIST | MODULE LOAD nope | LASTSAVE x | ROLE x
UNSUBSCRIBE | PUNSUBSCRIBE | SUNSUBSCRIBE | UNSUBSCRIBE x | SUBSCRIBE | PSUBSCRIBE | MONITOR x
RESET | PING | GET m
`;

/** The words of the lines above. */
export const CONVERSATION: readonly Request[] = LINES.trim()
  .split(/\n| \| /)
  .map((line) =>
    line
      .trim()
      .split(/\s+/)
      .map((word) => (word === '~' ? '' : word.replaceAll(/(?<!\\)_/g, ' ').replaceAll('\\n', '\n'))),
  );
