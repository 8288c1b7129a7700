import { parseNodeId } from '../config/node-address.js';
import { ArgumentError } from './argument-error.js';

/** Bounds are the server's to know; a word that is no number is caught here, under the name that was typed. */
export function wholeMs(name: string, text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw new ArgumentError(`${name} must be a whole number of milliseconds, not ${JSON.stringify(text)}`);
}

/** An address as admin commands want it: host, port. @throws {ArgumentError} */
export function hostAndPort(name: string, text: string): readonly [string, string] {
  const node = parseNodeId(text);
  if (node === null) throw new ArgumentError(`${name} must be host:port or [ipv6]:port, not ${JSON.stringify(text)}`);
  return [node.host, String(node.port)];
}
