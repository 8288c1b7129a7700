import t from 'tap';
import { detectEngine, engineFor } from '../../../src/control/engines/detect-engine.js';
import { parseRole } from '../../../src/control/engines/parse-role.js';
import { infoNumber, parseInfo } from '../../../src/control/info-fields.js';

void t.test('ROLE of a master and of a replica in each state', async (t) => {
  t.same(parseRole(['master', 3129659, [['127.0.0.1', '9001', '3129242']]]), { role: 'master', offset: 3129659 });
  t.same(parseRole(['master', '17']), { role: 'master', offset: 17 });
  t.same(parseRole(['slave', '10.0.0.1', 6379, 'connected', 42]), {
    role: 'replica',
    offset: 42,
    follows: { node: '10.0.0.1:6379', linkUp: true, syncing: false },
  });
  t.match(parseRole(['slave', '::1', 6379, 'sync', -1]), {
    offset: -1,
    follows: { node: '[::1]:6379', linkUp: false, syncing: true },
  });
  for (const state of ['connect', 'connecting', 'handshake']) {
    t.match(parseRole(['slave', 'h', 1, state, -1]), { follows: { linkUp: false, syncing: false } });
  }
});

void t.test('ROLE of a Sentinel, and what is no ROLE at all', async (t) => {
  t.equal(parseRole(['sentinel', ['mymaster']]), null);
  t.equal(parseRole('OK'), null);
  t.equal(parseRole(null), null);
  t.equal(parseRole([]), null);
});

void t.test('a server is what it calls itself, not the version it pretends for old clients', async (t) => {
  const detect = (text: string) => detectEngine(parseInfo(text.replaceAll('\n', '\r\n')));
  t.same(detect('# Server\nredis_version:7.0.15\nredis_mode:standalone'), { engine: 'redis', version: '7.0.15' });
  t.same(detect('# Server\nredis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.0.1'), {
    engine: 'valkey',
    version: '8.0.1',
  });
  t.same(detect('# Server\nversion:2.9.0\nkvrocks_version:2.9.0\nredis_version:4.0.0'), {
    engine: 'kvrocks',
    version: '2.9.0',
  });
});

void t.test('each kind of server has its engine', async (t) => {
  for (const name of ['redis', 'valkey', 'kvrocks'] as const) t.equal(engineFor(name).name, name);
});

void t.test('fields of INFO', async (t) => {
  const fields = parseInfo('# Heading\r\na:1\r\nb:x:y\r\nc:\r\n\r\n');
  t.same(
    [...fields],
    [
      ['a', '1'],
      ['b', 'x:y'],
      ['c', ''],
    ],
  );
  t.equal(infoNumber(fields, 'a', 7), 1);
  for (const name of ['b', 'c', 'missing']) t.equal(infoNumber(fields, name, 7), 7);
});
