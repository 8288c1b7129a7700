import { parseNodeId, formatNodeId, type NodeId } from '../../config/node-address.js';

/** In these words servers say that they are not the master, or not ready to be one (Redis, Valkey, Kvrocks). Nothing has run. */
const NOT_MASTER =
  /^-(ERR |EXECABORT Transaction discarded because of: )?(READONLY You can't write against a read only (replica|slave)|MASTERDOWN Link with MASTER is down|LOADING )/;
/** The same, said to a command within a script: up to Redis 6 the script's error holds it. */
const IN_SCRIPT =
  /^-ERR Error running script \(call to f_[0-9a-f]{40}\): @user_script: ?\d+: @user_script: ?\d+: -READONLY You can't write against a read only (replica|slave)/;
const MOVED = /^-(?:EXECABORT Transaction discarded because of: )?MOVED \d+ (\S+):(\d+)\r\n$/;
/** The longest beginning that is looked at: a node's name may be long. */
const LONGEST_PREFIX = 512;

/**
 * Whether the error at `bytes[start … end)` says that the request did not run because of the node's role. To be sent to another
 * shard is an answer; to be sent to another node of this one (`nodes`, as they are configured) says who the master is.
 */
export function isRefusal(nodes: readonly NodeId[], bytes: Buffer, start: number, end: number): boolean {
  const second = bytes[start + 1];
  if (second !== R && second !== M && second !== L && second !== E) return false;
  const text = bytes.toString('latin1', start, Math.min(end, start + LONGEST_PREFIX));
  if (NOT_MASTER.test(text) || IN_SCRIPT.test(text)) return true;
  const [, host = '', port = ''] = MOVED.exec(text) ?? [];
  const to = parseNodeId(`${host.includes(':') ? `[${host}]` : host}:${port}`);
  return to !== null && nodes.includes(formatNodeId(to.host, to.port));
}

const R = 82;
const M = 77;
const L = 76;
const E = 69;
