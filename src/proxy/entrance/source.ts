import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';

/**
 * Takes `bytes[0 … size)`.
 *
 * @param lent the memory is read into again as soon as the call returns.
 */
export type OnBytes = (bytes: Buffer, size: number, lent: boolean) => void;

/** Lets the bytes of a connection flow. @returns the socket to answer on. */
export type Source = (onBytes: OnBytes) => Socket;

/** Where all of them read into. One is enough: what a read brings is used, or copied, before the next begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(128 * 1024);

/** What Node keeps of a connection in the kernel. Not documented, and the same since Node 0.x: `net.Server` hands it over so. */
interface WithHandle {
  _handle: object | null;
  _server?: unknown;
}

type HandleOptions = SocketConstructorOpts & { readonly handle: object; readonly onread: OnReadOpts };

/** As a stream gives them: each chunk in memory of its own. The way of TLS, and of sockets that were read from before. */
export function streamed(socket: Socket): Source {
  return (onBytes) => socket.on('data', (chunk: Buffer) => onBytes(chunk, chunk.length, false));
}

/**
 * Read into memory that is used again. Node offers this (`onread`) to those who dial only, so the accepted connection gets a
 * new socket around it. A stream takes 64 KB from the allocator for each read, which is a third of what the proxy itself
 * does for a small request, and leaves garbage that stops it for tens of milliseconds when values are large
 * (docs/performance.md).
 *
 * @param accepted in this turn of the event loop, so that nothing has been read from it.
 */
export function readInto(accepted: Socket): Source {
  const old = accepted as unknown as WithHandle;
  const { _handle: handle } = old;
  if (handle === null || handle === undefined) return streamed(accepted);
  return (onBytes) => {
    const callback = (size: number): boolean => {
      onBytes(READ_BUFFER, size, true);
      return true;
    };
    const options: HandleOptions = { handle, allowHalfOpen: true, onread: { buffer: READ_BUFFER, callback } };
    const socket = new Socket(options);
    // The server counts its connections by this.
    (socket as unknown as WithHandle)._server = old._server;
    old._server = null;
    old._handle = null;
    // Whoever gave the connection away may wait for its end, to give its place to another.
    socket.once('close', () => accepted.destroy());
    return socket;
  };
}
