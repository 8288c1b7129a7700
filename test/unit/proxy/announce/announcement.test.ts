import t from 'tap';
import { Announcement } from '../../../../src/proxy/announce/announcement.js';
import { CLUSTER_REPLIES } from '../../../../src/proxy/announce/cluster-replies.js';
import { Inbox } from '../../../../src/proxy/upstream/inbox.js';
import { RecordingSink } from '../upstream/recording-sink.js';

const announcement = new Announcement(
  'proxy-a:6380',
  ['10.0.0.1:7000', '10.0.0.2:7000', '[fd00::1]:7000'],
  [
    { node: '10.0.0.3:7000', proxy: '[fd00::b]:6380' },
    { node: 'node-c.example:7000', proxy: 'proxy-c:6380' },
  ],
);

const edit = (error: string): string => {
  const bytes = Buffer.from(error, 'latin1');
  return (announcement.editError(bytes, 0, bytes.length) ?? bytes).toString('latin1');
};

void t.test('redirections lead to the proxies, all else is as it was', async (t) => {
  t.equal(edit('-MOVED 3300 10.0.0.2:7000\r\n'), '-MOVED 3300 proxy-a:6380\r\n');
  t.equal(edit('-MOVED 3300 fd00::1:7000\r\n'), '-MOVED 3300 proxy-a:6380\r\n');
  t.equal(edit('-ASK 3300 10.0.0.3:7000\r\n'), '-ASK 3300 fd00::b:6380\r\n');
  t.equal(edit('-MOVED 1 node-c.example:7000\r\n'), '-MOVED 1 proxy-c:6380\r\n');
  for (const same of [
    '-MOVED 3300 10.0.0.9:7000\r\n',
    '-MOVED 3300 10.0.0.1:7001\r\n',
    '-MOVED 3300 :7000\r\n',
    '-MOVED away\r\n',
    '-ASKING is not known\r\n',
    '-ERR MOVED 3300 10.0.0.1:7000\r\n',
  ]) {
    t.equal(edit(same), same);
  }
});

void t.test('wherever the bytes are cut, among the replies of whomever', async (t) => {
  const moved = '-MOVED 3300 10.0.0.1:7000\r\n';
  const said = Buffer.from(`+OK\r\n${moved}:1\r\n${moved}${moved}$2\r\n-M\r\n-ERR no\r\n${moved}`, 'latin1');
  for (const size of [1, 2, 3, 7, 20, said.length]) {
    const inbox = new Inbox();
    inbox.editError = announcement.editError;
    const [first, second, several] = [
      new RecordingSink(),
      new RecordingSink(),
      new RecordingSink({ oneErrorEndsAll: true }),
    ];
    inbox.expect(first, 2);
    inbox.expect(second, 5);
    inbox.expect(several, 3);
    for (let at = 0; at < said.length; at += size)
      inbox.deliver(said.subarray(at, at + size), Math.min(size, said.length - at));
    const told = moved.replace('10.0.0.1:7000', 'proxy-a:6380');
    t.equal(first.bytes, `+OK\r\n${told}`);
    t.equal(second.bytes, `:1\r\n${told}${told}$2\r\n-M\r\n-ERR no\r\n`);
    t.equal(several.bytes, told, 'one error for all of them');
    t.same([first.frames, second.frames, several.frames, inbox.expected], [2, 5, 3, 0]);
  }
});

const told = (name: string, reply: string): string => {
  const rewrite = CLUSTER_REPLIES[`cluster|${name}`];
  return (
    rewrite?.(Buffer.from(reply.replaceAll('\n', '\r\n'), 'latin1'), announcement)
      .toString('latin1')
      .replaceAll('\r\n', '\n') ?? ''
  );
};
const bulk = (text: string): string => `$${text.length}\n${text}\n`;
const node = (host: string, id: string, metadata = '*0\n'): string => `*4\n${bulk(host)}:7000\n${bulk(id)}${metadata}`;

void t.test('CLUSTER SLOTS: one entry for each shard behind a proxy; a shard without one is as it was', async (t) => {
  const own = `*4\n:0\n:99\n${node('10.0.0.1', 'a', `*2\n${bulk('hostname')}${bulk('inside')}`)}${node('10.0.0.2', 'a2')}`;
  const other = `*3\n:100\n:199\n${node('node-c.example', 'c', `%1\n${bulk('ip')}${bulk('10.0.0.4')}`)}`;
  const unknown = `*4\n:200\n:299\n${node('10.9.9.9', 'd')}${node('10.9.9.8', 'd2')}`;
  const withoutHost = `*3\n:300\n:399\n*4\n$-1\n:7000\n${bulk('e')}*0\n`;
  t.equal(
    told('slots', `*4\n${own}${other}${unknown}${withoutHost}`),
    `*4\n*3\n:0\n:99\n*4\n${bulk('proxy-a')}:6380\n${bulk('a')}*0\n` +
      `*3\n:100\n:199\n*4\n${bulk('proxy-c')}:6380\n${bulk('c')}%0\n${unknown}${withoutHost}`,
  );
});

void t.test('CLUSTER SHARDS, with a master that has been replaced', async (t) => {
  const member = (ip: string, role: string, health: string, more = ''): string =>
    `%${more === '' ? 5 : 6}\n${bulk('id')}${bulk(ip)}${bulk('port')}:7000\n${bulk('ip')}${bulk(ip)}${more}${bulk('role')}${bulk(role)}${bulk('health')}${bulk(health)}`;
  const shard = (slots: string, ...members: readonly string[]): string =>
    `%2\n${bulk('slots')}${slots}${bulk('nodes')}*${members.length}\n${members.join('')}`;
  const own = shard(
    '*2\n:0\n:99\n',
    member('10.0.0.2', 'replica', 'online'),
    member('10.0.0.1', 'master', 'online', `${bulk('hostname')}${bulk('inside')}`),
  );
  const replaced = shard('*0\n', member('[fd00::1]'.slice(1, -1), 'master', 'failed'));
  const unknown = shard('*0\n', member('10.9.9.9', 'master', 'online'));
  const entry = `%5\n${bulk('id')}${bulk('10.0.0.1')}${bulk('port')}:6380\n${bulk('ip')}${bulk('proxy-a')}${bulk('role')}${bulk('master')}${bulk('health')}${bulk('online')}`;
  t.equal(told('shards', `*3\n${own}${replaced}${unknown}`), `*2\n${shard('*2\n:0\n:99\n', entry)}${unknown}`);
});

void t.test('CLUSTER NODES and REPLICAS', async (t) => {
  const lines = [
    'a 10.0.0.1:7000@17000,inside myself,master - 0 1 3 connected 0-99',
    'a2 10.0.0.2:7000@17000 slave a 0 1 3 connected',
    'a3 fd00::1:7000@17000 master,fail - 0 1 2 disconnected',
    'b 10.0.0.3:7000 master - 0 1 4 connected 100-199',
    'd 10.9.9.9:7000@17000 master - 0 1 5 connected 200-299',
    'd2 10.9.9.8:7000@17000 slave d 0 1 5 connected',
    '',
  ].join('\n');
  const wanted = [
    'a proxy-a:6380@17000 myself,master - 0 1 3 connected 0-99',
    'b fd00::b:6380 master - 0 1 4 connected 100-199',
    ...lines.split('\n').slice(4),
  ].join('\n');
  for (const [type, prefix] of [
    ['$', ''],
    ['=', 'txt:'],
  ] as const) {
    const frame = (text: string): string => `${type}${prefix.length + text.length}\r\n${prefix}${text}\r\n`;
    const rewrite = CLUSTER_REPLIES['cluster|nodes'];
    t.equal(rewrite?.(Buffer.from(frame(lines)), announcement).toString(), frame(wanted));
  }
  t.equal(
    told(
      'replicas',
      `*2\n${bulk('a2 10.0.0.2:7000@17000 slave a 0 1 3 connected')}${bulk('d2 10.9.9.8:7000@17000 slave d 0 1 5 connected')}`,
    ),
    `*1\n${bulk('d2 10.9.9.8:7000@17000 slave d 0 1 5 connected')}`,
  );
});
