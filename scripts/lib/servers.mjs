import { existsSync } from 'node:fs';
import { runSync, say, SetupError, which } from './run.mjs';

/** CLIENT PAUSE … WRITE came with Redis 6.2; the switch fences the old master with it. */
const OLDEST_REDIS = [6, 2];
const SERVERS = ['redis-server', 'valkey-server', 'kvrocks'];

/**
 * How each package manager gets a server and the programs that the benchmark compares with. `packages` are tried in
 * order: distributions that dropped Redis have Valkey.
 */
const PACKAGE_MANAGERS = [
  {
    command: 'apt-get',
    needsRoot: true,
    update: ['update', '-qq'],
    install: ['install', '-y', '-qq', '--no-install-recommends'],
    packages: {
      server: ['redis-server', 'valkey-server'],
      nutcracker: ['nutcracker'],
      haproxy: ['haproxy'],
      'redis-sentinel': ['redis-sentinel'],
      cc: ['build-essential'],
      'redis-py': ['python3-redis'],
      'the hiredis parser of redis-py': ['python3-hiredis'],
      hiredis: ['libhiredis-dev'],
    },
  },
  {
    command: 'dnf',
    needsRoot: true,
    install: ['install', '-y', '-q', '--setopt=install_weak_deps=False'],
    packages: {
      server: ['valkey', 'redis'],
      nutcracker: ['twemproxy'],
      haproxy: ['haproxy'],
      'redis-sentinel': ['redis'],
      cc: ['gcc'],
    },
  },
  {
    command: 'apk',
    needsRoot: true,
    install: ['add', '--no-cache', '--quiet'],
    packages: {
      server: ['redis', 'valkey'],
      nutcracker: ['twemproxy'],
      haproxy: ['haproxy'],
      'redis-sentinel': ['redis'],
      cc: ['build-base'],
    },
  },
  {
    command: 'brew',
    needsRoot: false,
    install: ['install', '--quiet'],
    packages: {
      server: ['redis', 'valkey'],
      nutcracker: ['twemproxy'],
      haproxy: ['haproxy'],
      'redis-sentinel': ['redis'],
    },
  },
];

/** `v=7.0.15`, `Valkey server v=8.0.1`; Kvrocks is taken as it is. */
function isNewEnough(path, name) {
  if (name === 'kvrocks') return true;
  const match = /v=(\d+)\.(\d+)/.exec(runSync(path, ['--version']).output);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor >= OLDEST_REDIS[1]);
}

/** @returns the path of the first server on PATH that is new enough, or null. */
function findServer() {
  for (const name of SERVERS) {
    const path = which(name);
    if (path !== null && isNewEnough(path, name)) return path;
  }
  return null;
}

/** @returns the words before a command that make it run as root; null when there is no way without a password. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (which('sudo') !== null && runSync('sudo', ['-n', 'true']).status === 0) return ['sudo', '-n'];
  return null;
}

/**
 * Debian starts what it installs. Nothing of this package ran before (its program was not there), so stopping its
 * service ends only what this installation has just started.
 */
function stopDebianService(prefix, name) {
  if (existsSync('/run/systemd/system')) {
    runPrefixed(prefix, 'systemctl', ['disable', '--now', `${name}.service`]);
  } else if (existsSync(`/etc/init.d/${name}`)) {
    runPrefixed(prefix, `/etc/init.d/${name}`, ['stop']);
  }
}

function runPrefixed(prefix, command, args) {
  const [program, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', command, ...args];
  return runSync(program, rest);
}

let packageListsAreFresh = false;

/** Installs `what` with the first package manager there is. @returns null, or why it could not be installed. */
function install(what, isThere) {
  const manager = PACKAGE_MANAGERS.find(({ command }) => which(command) !== null);
  if (manager === undefined) return 'no apt-get, dnf, apk or brew was found';
  const prefix = manager.needsRoot ? rootPrefix() : [];
  if (prefix === null) return `${manager.command} needs root, and sudo asks for a password`;
  const names = manager.packages[what];
  if (names === undefined) return `it is not known how ${manager.command} calls it`;
  if (manager.update !== undefined && !packageListsAreFresh) {
    runPrefixed(prefix, manager.command, manager.update);
    packageListsAreFresh = true;
  }
  let why = '';
  for (const name of names) {
    say(`Installing ${name} (${manager.command}) …`);
    const result = runPrefixed(prefix, manager.command, [...manager.install, name]);
    if (result.status === 0 && manager.command === 'apt-get') stopDebianService(prefix, name);
    if (isThere()) return null;
    const lastLine = result.output.trim().split('\n').at(-1) ?? '';
    why = result.status === 0 ? `${name} is installed, but too old or not on PATH` : `${name}: ${lastLine}`;
  }
  return why;
}

/** A server for the demo and the end-to-end tests: found on PATH, else installed. */
export function ensureServer() {
  if (findServer() !== null) return;
  const why = install('server', () => findServer() !== null);
  if (why !== null) {
    throw new SetupError(
      `Please install redis-server ${OLDEST_REDIS.join('.')} or newer, valkey-server or kvrocks, and have it on PATH: none was found, and it could not be installed (${why}).`,
    );
  }
}

/** What the benchmarks compare with, and a compiler for their load. */
export function ensureBenchPrograms() {
  for (const name of ['nutcracker', 'haproxy', 'redis-sentinel', 'cc']) {
    if (which(name) !== null) continue;
    const why = install(name, () => which(name) !== null);
    if (why !== null) {
      throw new SetupError(`Please install ${name}: the benchmark needs it, and it could not be installed (${why}).`);
    }
  }
}

/** Debian's own Python: its packages are of no use to another one that comes first on PATH. */
const PYTHON = '/usr/bin/python3';
const pythonHas = (module) => runSync(PYTHON, ['-c', `import ${module}`]).status === 0;

const CLIENTS = {
  'redis-py': () => pythonHas('redis'),
  'the hiredis parser of redis-py': () => pythonHas('hiredis'),
  hiredis: () => existsSync('/usr/include/hiredis/hiredis.h'),
};

/**
 * Client libraries of other languages for the end-to-end tests: their tests are skipped where they can not be had.
 *
 * @param clients how to see whether each is there.
 */
export function ensureClients(clients = CLIENTS) {
  for (const [name, isThere] of Object.entries(clients)) {
    if (isThere()) continue;
    const why = install(name, isThere);
    if (why !== null) say(`Tests with ${name} are skipped: it is not there, and could not be installed (${why}).`);
  }
}
