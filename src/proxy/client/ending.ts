import type { Socket } from 'node:net';
import { HALF_CLOSED_MS, LINGER_MS } from './client-limits.js';

/** Ends the connection at the latest in `ms`; until then, and no longer, something waits for it. */
export function endWithin(socket: Socket, ms: number): void {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), ms).unref();
  socket.once('close', () => clearTimeout(timer));
}

/**
 * Says no more; the connection ends when what was written has left and the other side has closed too, or in a while. What
 * still arrives is read and dropped: closing on unread bytes resets the connection, and the last words are lost.
 */
export function endGently(socket: Socket): void {
  socket.end(() => endWithin(socket, LINGER_MS));
  endWithin(socket, HALF_CLOSED_MS);
  socket.resume();
}
