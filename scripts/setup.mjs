// Makes a fresh clone ready, and is silent when it is:
//   1. Node is new enough;
//   2. node_modules is what package-lock.json says;
//   3. a Redis, Valkey or Kvrocks server is there (`--with-bench`: nutcracker, haproxy, redis-sentinel and a C compiler too;
//      `--with-clients`: the client libraries of other languages that the tests run, where they can be had);
//   4. dist/ is what the sources say, dist/holdfast/ (what users run) too.
// `--no-server` leaves out 3, for a build alone. Plain Node without dependencies: it runs before there are any.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './lib/build.mjs';
import { checkNodeVersion, ensureDependencies } from './lib/dependencies.mjs';
import { say, SetupError } from './lib/run.mjs';
import { ensureBenchPrograms, ensureClients, ensureServer } from './lib/servers.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const flags = new Set(process.argv.slice(2));

try {
  checkNodeVersion();
  ensureDependencies(root);
  if (!flags.has('--no-server')) ensureServer();
  if (flags.has('--with-bench')) ensureBenchPrograms();
  if (flags.has('--with-clients')) ensureClients();
  await build(root);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
