/**
 * Commands of which only these forms are said: another form would end, stop or change the servers themselves, depend on
 * chance, or take too long. A form is never varied. `~` stands for an empty word.
 */
export const PINNED: Readonly<Record<string, readonly string[]>> = {
  // The server would go, fork, write files or talk to others.
  shutdown: ['SHUTDOWN NOPE', 'SHUTDOWN NOSAVE x', 'SHUTDOWN ABORT'],
  debug: ['DEBUG', 'DEBUG SLEEP 0', 'DEBUG OBJECT str1', 'DEBUG NOPE'],
  save: ['SAVE x'],
  bgsave: ['BGSAVE x'],
  bgrewriteaof: ['BGREWRITEAOF x'],
  'config|rewrite': ['CONFIG REWRITE x'],
  'module|load': ['MODULE LOAD', 'MODULE LOAD /nope'],
  'module|loadex': ['MODULE LOADEX', 'MODULE LOADEX /nope'],
  migrate: ['MIGRATE', 'MIGRATE 127.0.0.1 1 none 0 10', 'MIGRATE 127.0.0.1 x str1 0 10'],
  pfselftest: ['PFSELFTEST x'],
  'memory|purge': ['MEMORY PURGE x'],
  'memory|malloc-stats': ['MEMORY MALLOC-STATS x'],
  // Settings that would change how the test itself is served.
  'config|set': [
    'CONFIG SET',
    'CONFIG SET nope 1',
    'CONFIG SET maxmemory-policy nope',
    'CONFIG SET hash-max-listpack-entries 4',
    'CONFIG SET hash-max-listpack-entries 128',
    'CONFIG SET notify-keyspace-events KEA',
    'CONFIG SET notify-keyspace-events ~',
    'CONFIG SET list-max-listpack-size 2 set-max-intset-entries 3',
    'CONFIG SET maxmemory-samples 5 maxmemory-samples 6',
  ],
  'config|get': [
    'CONFIG GET',
    'CONFIG GET *-max-*',
    'CONFIG GET maxmemory-policy nope',
    'CONFIG GET notify-keyspace-events save',
  ],
  'acl|setuser': [
    'ACL SETUSER',
    'ACL SETUSER u1 on >pw1 ~* &* +@all',
    'ACL SETUSER u1 on >pw1 ~str* resetchannels &ch1 +@all -@dangerous',
    'ACL SETUSER u1 off',
    'ACL SETUSER u1 -get',
    'ACL SETUSER u1 +nosuch',
    'ACL SETUSER u2 on nopass ~* +@read +@connection',
    'ACL SETUSER u2 reset',
    'ACL SETUSER u2 (~set* +@all) on >pw2',
  ],
  'acl|deluser': ['ACL DELUSER', 'ACL DELUSER u1', 'ACL DELUSER u1 u2 nope', 'ACL DELUSER default'],
  'acl|log': ['ACL LOG x', 'ACL LOG RESET', 'ACL LOG RESET x'],
  'acl|list': ['ACL LIST x'],
  // What connections there are differs; only the clients of the sequence may be meant.
  'client|kill': [
    'CLIENT KILL',
    'CLIENT KILL ID {id:0}',
    'CLIENT KILL ID {id:1}',
    'CLIENT KILL ID {id:1} SKIPME no',
    'CLIENT KILL {addr:1}',
    'CLIENT KILL ADDR {addr:2} TYPE normal',
    'CLIENT KILL TYPE pubsub',
    'CLIENT KILL TYPE normal ID {id:2} SKIPME yes',
    'CLIENT KILL USER u1',
    'CLIENT KILL USER nobody',
    'CLIENT KILL ID 0',
    'CLIENT KILL ID x',
    'CLIENT KILL TYPE nope',
    'CLIENT KILL SKIPME maybe',
    'CLIENT KILL ADDR',
    'CLIENT KILL 1.2.3.4:5',
  ],
  // A pause must be over before the next step, or ended by one.
  'client|pause': [
    'CLIENT PAUSE',
    'CLIENT PAUSE x',
    'CLIENT PAUSE 0',
    'CLIENT PAUSE 5',
    'CLIENT PAUSE 5 NOPE',
    'CLIENT PAUSE 3 ALL',
  ],
  // Chance decides what they take; all of it, or nothing, can be compared.
  spop: ['SPOP', 'SPOP set1 1000', 'SPOP set2 1000', 'SPOP none', 'SPOP str1', 'SPOP set1 -1', 'SPOP set1 x'],
  srandmember: ['SRANDMEMBER', 'SRANDMEMBER set1', 'SRANDMEMBER set1 1000', 'SRANDMEMBER none', 'SRANDMEMBER str1 x'],
  hrandfield: [
    'HRANDFIELD',
    'HRANDFIELD hash1 1000',
    'HRANDFIELD hash1 1000 WITHVALUES',
    'HRANDFIELD none',
    'HRANDFIELD hash1 1 x',
  ],
  zrandmember: ['ZRANDMEMBER', 'ZRANDMEMBER zset1 1000 WITHSCORES', 'ZRANDMEMBER none', 'ZRANDMEMBER str1'],
  // Cursors follow the hash seed of a server: everything in one call, or nothing.
  scan: [
    'SCAN',
    'SCAN x',
    'SCAN 0 COUNT 1000',
    'SCAN 0 COUNT 1000 MATCH str*',
    'SCAN 0 TYPE list COUNT 1000',
    'SCAN 0 COUNT 0',
    'SCAN 0 NOPE',
  ],
  sscan: ['SSCAN set1', 'SSCAN set1 0 COUNT 1000', 'SSCAN set2 0 MATCH m* COUNT 1000', 'SSCAN none 0', 'SSCAN str1 0'],
  hscan: [
    'HSCAN hash1',
    'HSCAN hash1 0 COUNT 1000',
    'HSCAN hash2 0 MATCH f* COUNT 1000',
    'HSCAN none 0',
    'HSCAN hash1 x',
  ],
  zscan: [
    'ZSCAN zset1',
    'ZSCAN zset1 0 COUNT 1000',
    'ZSCAN zset2 0 MATCH m* COUNT 1000',
    'ZSCAN none 0',
    'ZSCAN list1 0',
  ],
  lolwut: ['LOLWUT', 'LOLWUT VERSION', 'LOLWUT VERSION x'],
  // Hundreds of kilobytes, in an order of their own.
  command: ['COMMAND NOPE'],
  'command|docs': ['COMMAND DOCS get', 'COMMAND DOCS nope', 'COMMAND DOCS xgroup client|list'],
  'command|info': ['COMMAND INFO get', 'COMMAND INFO nope get', 'COMMAND INFO acl|list'],
};

/** Commands that are not said at all, and why. */
export const EXCLUDED: Readonly<Record<string, string>> = {
  monitor: 'its stream has the times, the addresses and the commands of everybody, Holdfast included',
  sync: 'refused by Holdfast: it would make the connection a replica',
  psync: 'refused by Holdfast: it would make the connection a replica',
  replconf: 'refused by Holdfast: it would make the connection a replica',
  replicaof: 'refused by Holdfast: roles are changed on its admin port',
  slaveof: 'refused by Holdfast: roles are changed on its admin port',
  'script|debug': 'refused by Holdfast: the debugger would take the connection over',
  failover: 'refused by Holdfast: roles are changed on its admin port',
  'cluster|failover': 'refused by Holdfast: roles are changed on its admin port',
  'cluster|replicate': 'refused by Holdfast: roles are changed on its admin port',
  'cluster|reset': 'refused by Holdfast: roles are changed on its admin port',
};

/** Commands that speak of one node and are not carried over when the master moves, so that the twins would part ways. */
export const NOT_WHILE_MOVING: ReadonlySet<string> = new Set([
  'acl|setuser',
  'acl|deluser',
  'acl|log',
  'config|set',
  'config|resetstat',
  'slowlog|get',
  'slowlog|len',
  'latency|history',
  'latency|latest',
  // The replica has another encoding of the same value, was asked at another time, and has replicas or none.
  'object|encoding',
  'object|freq',
  'object|idletime',
  'memory|usage',
  'memory|stats',
  'dump',
  'wait',
  'role',
  'info',
  // EXEC answers null after a move: a watched key may have changed unseen.
  'watch',
  // A move invalidates everything that a client has cached.
  'client|tracking',
  'client|pause',
]);
