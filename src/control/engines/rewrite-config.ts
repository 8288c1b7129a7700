import { NodeError } from '../../switchover/ports.js';
import type { NodeLink } from '../node-link.js';

/**
 * `CONFIG REWRITE`: the role that was given by command is in the configuration file from now on.
 *
 * @returns the server's words when it can not write (no file, no right, a read-only disk): no reason to try again, and
 *   nothing that could be lost; empty when it has written.
 */
export async function rewriteConfig(link: NodeLink, timeoutMs: number): Promise<string> {
  try {
    await link.call(['CONFIG', 'REWRITE'], timeoutMs);
    return '';
  } catch (error) {
    if (error instanceof NodeError && error.kind === 'refused') return error.message;
    throw error;
  }
}
