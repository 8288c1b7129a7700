import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ConnectionsOpen, OpenConnections } from './messages.js';

/** Connections that are opened at the same time. */
const AT_ONCE = 100;

const open = new Set<Socket>();

async function openOne({ port, says }: OpenConnections): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  socket.on('close', () => open.delete(socket));
  await once(socket, 'connect');
  open.add(socket);
  for (const line of says) {
    socket.write(`${line}\r\n`);
    await once(socket, 'data');
  }
}

async function openAll(wanted: OpenConnections): Promise<void> {
  for (let left = wanted.count; left > 0; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => openOne(wanted)));
  }
  process.send?.({ open: open.size } satisfies ConnectionsOpen);
}

process.on('message', (wanted: OpenConnections) => void openAll(wanted));
// The parent may end in any way: its end closes the channel.
process.on('disconnect', () => process.exit());
