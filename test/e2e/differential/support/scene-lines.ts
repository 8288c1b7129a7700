// What the scenes choose from, a request a line; `~` is an empty word, `{id:1}` a client of the sequence.

export const WAITS: readonly string[] = [
  'BLPOP list1 0',
  'BRPOP list1 list2 0',
  'BLMOVE list1 list2 LEFT RIGHT 0',
  'BRPOPLPUSH list1 list2 0',
  'BLMPOP 0 2 list1 list2 LEFT COUNT 2',
  'BZPOPMIN zset1 0',
  'BZPOPMAX zset1 zset2 0',
  'BZMPOP 0 1 zset1 MIN',
  'XREAD BLOCK 0 STREAMS stream1 $',
  'XREAD COUNT 1 BLOCK 0 STREAMS stream1 stream2 0 $',
  'XREADGROUP GROUP g1 c1 BLOCK 0 STREAMS stream1 >',
  'BLPOP none 0.01',
  'BZPOPMIN none 0.01',
  'XREAD BLOCK 10 STREAMS none $',
  'blpop list1 0',
];

export const WAKES: readonly string[] = [
  'RPUSH list1 a b c',
  'LPUSH list1 x',
  'RPUSH list2 z',
  'SET list1 astring',
  'DEL list1',
  'ZADD zset1 1 a 2 b',
  'XADD stream1 5-1 f v',
  'XADD stream1 * f v',
  'FLUSHALL',
  'RENAME list2 list1',
  'XGROUP DESTROY stream1 g1',
  'DEL stream1',
  'SWAPDB 0 1',
  'EVAL redis.call("RPUSH","list1","1")return{} 0',
  'SORT list2 STORE list1',
];

/** Each in a step of its own: who is woken by what stands before it is served only when the pipeline is done. */
export const UNBLOCKS: readonly string[] = [
  'CLIENT UNBLOCK {id:0}',
  'CLIENT UNBLOCK {id:1} ERROR',
  'CLIENT UNBLOCK {id:2} TIMEOUT',
];

export const LISTENS: readonly string[] = [
  'SUBSCRIBE ch1',
  'SUBSCRIBE ch1 ch2 ch1',
  'PSUBSCRIBE ch* c?1',
  'SSUBSCRIBE sh1',
  'SUBSCRIBE ~',
  'UNSUBSCRIBE ch1',
  'UNSUBSCRIBE',
  'PUNSUBSCRIBE',
  'PUNSUBSCRIBE ch* nope',
  'SUNSUBSCRIBE',
  'SUNSUBSCRIBE sh1',
  'SUBSCRIBE',
];

export const TELLS: readonly string[] = [
  'PUBLISH ch1 hello',
  'PUBLISH ch2 ~',
  'SPUBLISH sh1 m',
  'PUBLISH none x',
  'PUBSUB CHANNELS',
  'PUBSUB NUMSUB ch1 ch2',
  'PUBSUB NUMPAT',
  'PUBSUB SHARDCHANNELS',
  'PUBLISH ch1',
];

export const WHILE_LISTENING: readonly string[] = [
  'PING',
  'PING hi',
  'GET str1',
  'SET str1 1',
  'MULTI',
  'EXEC',
  'CLIENT ID',
  'HELLO 3',
  'HELLO 2',
  'SELECT 1',
  'RESET',
  'BLPOP none 0.01',
  'CLIENT SETNAME me',
  'AUTH x',
  'NOSUCH',
];

export const TRACKS: readonly string[] = [
  'CLIENT TRACKING on',
  'CLIENT TRACKING on BCAST',
  'CLIENT TRACKING on BCAST PREFIX str PREFIX list',
  'CLIENT TRACKING on OPTIN',
  'CLIENT TRACKING on OPTOUT',
  'CLIENT TRACKING on NOLOOP',
  'CLIENT TRACKING off',
  'CLIENT TRACKING on REDIRECT {id:1}',
  'CLIENT TRACKING on REDIRECT {id:0} BCAST',
  'CLIENT TRACKING on REDIRECT 99999999',
  'CLIENT TRACKING on OPTIN OPTOUT',
  'CLIENT TRACKING on PREFIX a',
];

export const CACHED: readonly string[] = [
  'GET str1',
  'MGET str1 str2',
  'LRANGE list1 0 -1',
  'HGETALL hash1',
  'CLIENT CACHING yes',
  'CLIENT CACHING no',
  'CLIENT TRACKINGINFO',
  'CLIENT GETREDIR',
  'SET str1 mine',
  'EVAL return{redis.call("GET","str1")} 1 str1',
  'MULTI',
  'EXEC',
];

export const CHANGES: readonly string[] = [
  'SET str1 new',
  'SET str2 new',
  'DEL str1',
  'LPUSH list1 x',
  'FLUSHALL',
  'HSET hash1 f v',
  'MSET str1 1 str2 2',
  'EXPIRE str1 0',
  'RENAME str1 str2',
  'FLUSHDB',
];

export const WHO: readonly string[] = [
  'HELLO 3',
  'HELLO 2',
  'HELLO',
  'HELLO 3 AUTH u1 pw1',
  'HELLO 3 SETNAME me',
  'HELLO 2 AUTH u1 wrong SETNAME x',
  'HELLO 4',
  'AUTH u1 pw1',
  'AUTH u1 wrong',
  'AUTH pw1',
  'AUTH default any',
  'AUTH u2 x',
  'SELECT 1',
  'SELECT 0',
  'SELECT 3',
  'SELECT 4',
  'RESET',
  'QUIT',
  'CLIENT SETNAME me',
  'CLIENT GETNAME',
  'ACL WHOAMI',
  'CLIENT SETINFO lib-name x',
  'CLIENT NO-EVICT on',
];

/** Only what is right: Holdfast holds a write before the server can say what is wrong with it. And nothing whose order shows. */
export const WHILE_PAUSED: readonly string[] = [
  'PING',
  'SET str1 v',
  'GET str2',
  'PUBLISH ch1 x',
  'EVAL return(1) 0',
  'EVAL_RO return(1) 0',
  'MULTI',
  'ECHO x',
  'PFCOUNT none',
  'SELECT 1',
  'WATCH str1',
  'HELLO 3',
];
