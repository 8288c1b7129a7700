import { setTimeout as delay } from 'node:timers/promises';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { Certificates } from '../../../src/tls/certificates.js';
import { RecordingLog } from '../../unit/admin/recording-log.js';
import { killAtExit } from '../../support/child-processes.js';
import { freePort } from '../../support/free-port.js';
import { HoldfastInProcess, type InProcessOptions } from '../../support/holdfast-in-process.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { TestCertificates } from '../../support/test-certificates.js';
import { until } from '../../support/until.js';

const SILENCE_MS = 4000;
const LOOPBACK = [{ address: '127.0.0.1', prefix: 32 }];
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const INFO = encodeCommand('CLIENT', 'INFO');

function v2(command: number, family: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([SIGNATURE, Buffer.of(0x20 | command, family, body.length >> 8, body.length & 0xff), body]);
}

const IPV4 = Buffer.from([192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x34, 0x18, 0xec]);
const IPV6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000007', 'hex'),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from([0x12, 0x34, 0x18, 0xec]),
]);
const TLV = Buffer.from([0x04, 0, 5, 1, 2, 3, 4, 5]);

/** Headers that are good, and the address they speak of; null: the sender's own. */
const GOOD: readonly (readonly [string, Buffer, string | null])[] = [
  ['v1, IPv4', Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4660 6380\r\n'), '192.0.2.7:4660'],
  ['v1, IPv6', Buffer.from('PROXY TCP6 2001:db8::7 2001:db8::1 4660 6380\r\n'), '[2001:db8::7]:4660'],
  ['v1, UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), null],
  ['v1, UNKNOWN with words', Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), null],
  ['v2, IPv4', v2(1, 0x11, IPV4), '192.0.2.7:4660'],
  ['v2, IPv4 with TLVs', v2(1, 0x11, IPV4, TLV, TLV), '192.0.2.7:4660'],
  ['v2, IPv6', v2(1, 0x21, IPV6), '[2001:db8::7]:4660'],
  ['v2, Unix', v2(1, 0x31, Buffer.alloc(216)), null],
  ['v2, UNSPEC', v2(1, 0x00, TLV), null],
  ['v2, LOCAL', v2(0, 0x11, IPV4), null],
];

const BAD: readonly (readonly [string, Buffer])[] = [
  ['no header', encodeCommand('PING')],
  ['v1, a wrong family', Buffer.from('PROXY TCP4 2001:db8::7 10.0.0.1 1 2\r\n')],
  ['v1, a port too large', Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 65536 2\r\n')],
  ['v1, a port too few', Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 1\r\n')],
  ['v1, too long', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
  ['v2, another version', Buffer.concat([SIGNATURE, Buffer.of(0x11, 0x11, 0, 12), IPV4])],
  ['v2, another command', v2(7, 0x11, IPV4)],
  ['v2, a datagram', v2(1, 0x12, IPV4)],
  ['v2, addresses cut off', v2(1, 0x21, IPV4)],
  ['v2, TLVs cut off', v2(1, 0x11, IPV4, TLV.subarray(0, 6))],
  ['v2, too long', Buffer.concat([SIGNATURE, Buffer.of(0x21, 0x11, 0xff, 0xff)])],
];

async function start(t: Test, options: InProcessOptions): Promise<HoldfastInProcess> {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id, options);
  t.teardown(async () => {
    await holdfast.stop();
    await server.dispose();
  });
  return holdfast;
}

/** What comes; `silence`: nothing, for so long that nothing will. Without it a lost byte would be a test without an end. */
async function orSilence<T>(what: Promise<T>): Promise<T | 'silence'> {
  const waiting = new AbortController();
  try {
    return await Promise.race([what, delay(SILENCE_MS, 'silence' as const, { signal: waiting.signal })]);
  } finally {
    waiting.abort();
  }
}

function addrIn(info: string): string | undefined {
  return / addr=(\S+)/.exec(info)?.[1];
}

void t.test('a header of a trusted sender says where the client comes from, however it is cut', async (t) => {
  const holdfast = await start(t, { proxyProtocolFrom: LOOPBACK });
  const addrSeen = async (client: RawClient): Promise<string | undefined> => {
    const reply = await orSilence(client.replies(1));
    return reply === 'silence' ? reply : addrIn(reply.toString());
  };
  const clients = await Promise.all(GOOD.map(() => holdfast.client()));
  const addresses = clients.map((client, at) => {
    client.send(Buffer.concat([GOOD[at]?.[1] ?? SIGNATURE, INFO]));
    return addrSeen(client);
  });
  for (const [at, [name, , wanted]] of GOOD.entries()) {
    const own = `127.0.0.1:${clients[at]?.socket.localPort}`;
    t.equal(await addresses[at], wanted ?? own, name);
    clients[at]?.close();
  }
  for (const header of [GOOD[0]?.[1], GOOD[5]?.[1]]) {
    const bytes = Buffer.concat([header ?? SIGNATURE, INFO]);
    const cuts = Array.from({ length: bytes.length - 1 }, (_, at) => at + 1);
    const seen = await Promise.all(
      cuts.map(async (cut) => {
        const client = await holdfast.client();
        client.send(bytes.subarray(0, cut));
        await new Promise((resolve) => setImmediate(resolve));
        client.send(bytes.subarray(cut));
        const addr = await addrSeen(client);
        client.close();
        return addr;
      }),
    );
    t.same(new Set(seen), new Set(['192.0.2.7:4660']), `cut at each of ${cuts.length} places`);
  }
  // What follows waits for answers.
  if (!t.passing()) return;
  const [victim, killer] = await Promise.all([holdfast.client(), holdfast.client()]);
  victim.send(Buffer.concat([Buffer.from('PROXY TCP4 192.0.2.99 10.0.0.1 99 6380\r\n'), encodeCommand('PING')]));
  await victim.replies(1);
  killer.send('PROXY UNKNOWN\r\n');
  t.equal(await killer.call('CLIENT', 'KILL', 'ADDR', '192.0.2.99:99'), ':1\r\n');
  await victim.ended();
  killer.close();
});

void t.test('a trusted sender without a good header is refused, with the reason in the log', async (t) => {
  const log = new RecordingLog();
  const holdfast = await start(t, { proxyProtocolFrom: LOOPBACK, log, handshakeTimeoutMs: 300 });
  const ends = BAD.map(async ([, header]) => {
    const client = await holdfast.client();
    client.send(header);
    const end = await orSilence(client.ended());
    client.close();
    return end === 'silence' ? 'not closed' : end.toString();
  });
  for (const [at, [name]] of BAD.entries()) t.equal(await ends[at], '', name);
  t.ok(log.lines.some(({ fields }) => 'reason' in fields && fields.reason === 'proxy-malformed'));
  const silent = await holdfast.client();
  silent.send('PROXY TCP4 192.0');
  t.not(await orSilence(silent.ended()), 'silence', 'half a header');
  t.ok(log.lines.some(({ fields }) => 'reason' in fields && fields.reason === 'handshake-timeout'));
});

void t.test('others are served without a header, and refused with one', async (t) => {
  const holdfast = await start(t, { proxyProtocolFrom: [{ address: '192.0.2.0', prefix: 24 }] });
  const plain = await holdfast.client();
  t.equal(await plain.call('PING'), '+PONG\r\n');
  plain.close();
  for (const name of ['v1, IPv4', 'v2, IPv4']) {
    const client = await holdfast.client();
    client.send(GOOD.find((each) => each[0] === name)?.[1] ?? '');
    t.equal(String(await orSilence(client.ended())), '', name);
    client.close();
  }
});

void t.test('TLS behind the header', async (t) => {
  const files = new TestCertificates();
  t.teardown(() => files.remove());
  const setting = { cert: 'tls_cert_file', key: 'tls_key_file', password: 'tls_key_password' };
  const server = { setting, certFile: files.server.cert, keyFile: files.server.key, password: null };
  const certificates = Certificates.open(
    { servers: [server], client: null, clientCa: null, serverCa: null },
    new RecordingLog(),
  );
  const holdfast = await start(t, {
    proxyProtocolFrom: LOOPBACK,
    tls: { certificates, clientCertificates: 'no', handshakeTimeoutMs: 5000 },
  });
  for (const name of ['v1, IPv4', 'v2, IPv4 with TLVs']) {
    const raw = connect({ host: '127.0.0.1', port: holdfast.target.port });
    await once(raw, 'connect');
    raw.write(GOOD.find((each) => each[0] === name)?.[1] ?? '');
    const secure = connectTls({ socket: raw, ...files.trust });
    secure.once('secureConnect', () => secure.write(INFO));
    const reply = await orSilence(once(secure, 'data'));
    t.equal(addrIn(String(reply)), '192.0.2.7:4660', name);
    secure.destroy();
  }
});

const hasHaproxy = spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).status === 0;

void t.test('HAProxy in front', hasHaproxy ? {} : { skip: 'haproxy is not installed' }, async (t) => {
  const holdfast = await start(t, { proxyProtocolFrom: LOOPBACK });
  const files = new TestCertificates();
  t.teardown(() => files.remove());
  for (const send of ['send-proxy', 'send-proxy-v2']) {
    const port = await freePort();
    const config = files.write(
      `${send}.cfg`,
      `defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen holdfast
  bind 127.0.0.1:${port}
  server holdfast 127.0.0.1:${holdfast.target.port} ${send}
`,
    );
    const child = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore', cwd: join(files.directory) });
    killAtExit(child);
    const client = await until('HAProxy listens', () => RawClient.connect({ host: '127.0.0.1', port }));
    t.equal(addrIn(await client.call('CLIENT', 'INFO')), `127.0.0.1:${client.socket.localPort}`, send);
    client.close();
    child.kill('SIGKILL');
  }
});
