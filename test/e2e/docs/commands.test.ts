import { readFileSync } from 'node:fs';
import t from 'tap';
import { CommandTable } from '../../../src/command/command-table.js';
import { renderCommandTable } from '../../../src/command/render-commands.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { decodeReply } from '../../../src/resp/decode.js';

t.test('docs/commands.md speaks of every command of the server, as the code treats it', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const client = await RawClient.connect(server);
  t.teardown(() => client.close());
  const reply = Buffer.from(await client.call('COMMAND'), 'latin1');
  const rows = renderCommandTable(CommandTable.fromCommandReply(decodeReply(reply))).split('\n');
  const documented = new Set(readFileSync('docs/commands.md', 'utf8').split('\n'));
  const missing = rows.filter((row) => !documented.has(row));
  t.same(missing, [], 'npm run docs writes the table');
  t.ok(rows.length > 350, `${rows.length} rows`);

  const list = await client.call('COMMAND', 'LIST');
  const names = list.split('\r\n').filter((line) => /^[a-z]/i.test(line));
  t.equal(names.length, Number(/^\*(\d+)/.exec(list)?.[1]));
  const unaccounted = names.filter((name) => {
    const words = `| \`${name.replace('|', ' ').toUpperCase()}`;
    return !rows.some((row) => row.startsWith(`${words}\``) || row.startsWith(`${words} `));
  });
  t.same(unaccounted, [], 'COMMAND LIST');
});
