import { readFileSync } from 'node:fs';
import { runSync, say, SetupError } from './run.mjs';

/** The oldest Node that runs Holdfast, as in package.json `engines`. */
const OLDEST_NODE = 20;

export function checkNodeVersion() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new SetupError(`Holdfast needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}.`);
  }
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return null;
  }
}

/**
 * npm writes `node_modules/.package-lock.json` last, with what it really installed: comparing the two says more than a
 * stamp of our own could, and is right after a plain `npm ci` too. What is optional may be missing (other platforms).
 */
function dependenciesMatch(root) {
  const wanted = readLock(`${root}/package-lock.json`);
  const installed = readLock(`${root}/node_modules/.package-lock.json`);
  if (wanted === null) throw new SetupError('package-lock.json is missing or is not JSON; check it out again.');
  if (installed === null) return false;
  const present = Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.peer === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
  return present && Object.keys(installed).every((path) => path in wanted);
}

/** `npm ci` when what is installed is not what the lock file says. */
export function ensureDependencies(root) {
  if (dependenciesMatch(root)) return;
  say('Installing dependencies from package-lock.json (npm ci) …');
  // NODE_ENV=production or omit=dev in somebody's npmrc would leave out the compiler.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const result = npm?.endsWith('.js')
    ? runSync(process.execPath, [npm, ...args], { cwd: root })
    : runSync('npm', args, { cwd: root });
  if (result.status !== 0) {
    say(result.output.trimEnd());
    throw new SetupError('npm ci failed (see above): the registry must be reachable once.');
  }
}
