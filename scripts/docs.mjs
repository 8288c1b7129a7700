// Brings the tables of the documentation that are made from tables in the code up to date, between their marks. The
// commands are those of a real server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { CommandTable } from '../dist/src/command/command-table.js';
import { renderCommandTable } from '../dist/src/command/render-commands.js';
import { refreshDocs } from '../dist/src/admin/docs.js';
import { renderSettingsTable } from '../dist/src/config/render.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function rewrite(name, change) {
  const path = join(root, name);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (after !== before) writeFileSync(path, after);
}

/** Replaces what stands between the marks `<!-- name -->` and `<!-- /name -->`. */
function between(text, name, table) {
  const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(?=<!-- /${name} -->)`);
  // A function, since a `$` in the table would mean something else in a replacement text.
  return text.replace(marked, (_, mark) => `${mark}\n${table}\n\n`);
}

async function commandTable() {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-docs-'));
  const path = join(directory, 'socket');
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', ''], { stdio: 'ignore' });
  const redis = new Redis({ path, protocol: 2, retryStrategy: () => 20 });
  redis.on('error', () => undefined);
  try {
    return CommandTable.fromCommandReply(await redis.call('COMMAND'));
  } finally {
    redis.disconnect();
    server.kill('SIGTERM');
    await once(server, 'exit');
    rmSync(directory, { recursive: true, force: true });
  }
}

rewrite('README.md', (text) => between(refreshDocs(text), 'settings', renderSettingsTable().trim()));
const commands = renderCommandTable(await commandTable());
rewrite('docs/commands.md', (text) => between(text, 'commands', commands));
