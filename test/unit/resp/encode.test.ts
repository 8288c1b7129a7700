import t from 'tap';
import { decodeReply, decodeRequest } from '../../../src/resp/decode.js';
import {
  encodeBulk,
  encodeError,
  encodeInteger,
  encodeNull,
  encodeNullArray,
  encodeRequest,
  encodeStatus,
  encodeVerbatim,
} from '../../../src/resp/encode.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { scanReplies } from './scan-replies.js';

await t.test('requests', async (t) => {
  t.equal(encodeRequest(['PING']).toString(), '*1\r\n$4\r\nPING\r\n');
  t.equal(encodeRequest(['ECHO', '€']).toString(), '*2\r\n$4\r\nECHO\r\n$3\r\n€\r\n', 'lengths count bytes');
  t.equal(
    encodeRequest(['a', Buffer.from([0, 13, 10, 255])]).toString('latin1'),
    '*2\r\n$1\r\na\r\n$4\r\n\0\r\n\xff\r\n',
  );
  t.equal(encodeRequest(['']).toString(), '*1\r\n$0\r\n\r\n');
});

await t.test('a request comes back from the decoder as it was', async (t) => {
  const args = [Buffer.from('SET'), Buffer.alloc(0), Buffer.from([0, 13, 10, 255]), Buffer.alloc(100_000, '*1\r\n')];
  t.same(decodeRequest(encodeRequest(args)), args);
  for (const frame of [
    '*1\r\n',
    '',
    '+OK\r\n',
    '*1\r\n:1\r\n',
    '*1\r\n$-1\r\n',
    '*1\r\n*1\r\n$1\r\na\r\n',
    'PING\r\n',
  ]) {
    t.throws(() => decodeRequest(Buffer.from(frame)), `no request: ${JSON.stringify(frame)}`);
  }
});

await t.test('replies in both versions', async (t) => {
  t.equal(encodeStatus('OK').toString(), '+OK\r\n');
  t.equal(encodeInteger(-1).toString(), ':-1\r\n');
  t.equal(encodeBulk('é').toString(), '$2\r\né\r\n');
  t.equal(encodeBulk(Buffer.from([0, 255])).toString('latin1'), '$2\r\n\0\xff\r\n');
  t.equal(encodeNull(2).toString(), '$-1\r\n');
  t.equal(encodeNull(3).toString(), '_\r\n');
  t.equal(encodeNullArray(2).toString(), '*-1\r\n');
  t.equal(encodeNullArray(3).toString(), '_\r\n');
  t.equal(encodeVerbatim('a\n', 2).toString(), '$2\r\na\n\r\n');
  t.equal(encodeVerbatim('é', 3).toString(), '=6\r\ntxt:é\r\n');
  t.equal(decodeReply(encodeBulk('x')), 'x');
  t.equal(decodeReply(encodeInteger(5)), 5);
  t.match(decodeReply(encodeError('ERR no')), { message: 'ERR no' });
  t.same(decodeReply(Buffer.from('*2\r\n:1\r\n*1\r\n$1\r\na\r\n')), [1, ['a']]);
  t.equal(decodeReply(Buffer.from('$5\r\nab')), null);
});

await t.test('an error stays one line, whatever is in it', async (t) => {
  // CVE-2025-67733: an error text with a line end let its author write the replies of others.
  const attack = encodeError('ERR a\r\n+OK\r\n$1\r\nx\r\n');
  t.same(scanReplies([attack]), [attack.length], 'one frame');
  t.equal(attack.toString('latin1'), '-ERR a  +OK  $1  x  \r\n');
  t.equal(encodeError('\xff').toString('latin1'), '-\xff\r\n', 'a byte of the client comes back as it was');

  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const client = await RawClient.connect(server);
  const hostile = 'x\r\n+OK\r\n\xff';
  const real = await client.call(Buffer.from(hostile, 'latin1'));
  client.close();
  const quoted = /'(.*)', with/s.exec(real)?.[1] ?? '';
  t.equal(encodeError(hostile).toString('latin1'), `-${quoted}\r\n`, 'as a real server does it');
});
