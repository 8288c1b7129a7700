import { once } from 'node:events';
import { connect } from 'node:net';

/** @returns whether something accepts connections on that port of the loopback address. Costs little to ask again and again. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
