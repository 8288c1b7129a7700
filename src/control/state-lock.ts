import { once } from 'node:events';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { makeDirectory } from './make-directory.js';
import { StateDirectoryError } from './state-file.js';

const LOCK_NAME = 'lock';

/** A holder of the lock says who it is as soon as somebody connects; one that is stopped says nothing, ms. */
const ASK_MS = 1_000;

/**
 * One Holdfast for each state directory: of two, each would write its own intents over those of the other.
 *
 * The lock is a socket that listens, so that it is gone when its process is, however that ended. On Linux it is one without a
 * file, named after the directory: the kernel gives such a name to one process only. Containers that share a volume do not share
 * these names, so there is one in the directory too, which whoever comes finds, and takes over when nobody listens at it.
 */
export class StateLock {
  readonly #servers: readonly Server[];
  /** The directory, by which the socket in it is removed at the end. */
  readonly #directory: FileHandle;

  private constructor(servers: readonly Server[], directory: FileHandle) {
    this.#servers = servers;
    this.#directory = directory;
  }

  /**
   * Makes the directory if need be, and takes it.
   *
   * @throws StateDirectoryError when another process has it (its number is named), or it can not be made.
   */
  static async take(directory: string): Promise<StateLock> {
    const path = resolve(directory);
    const servers: Server[] = [];
    const handle = await openDirectory(path);
    try {
      if (process.platform === 'linux') servers.push(await listenAt(path, await nameOf(path)));
      const socket = await takeSocket(path, handle);
      if (socket !== null) servers.push(socket);
      return new StateLock(servers, handle);
    } catch (error) {
      await new StateLock(servers, handle).release();
      throw error;
    }
  }

  /** Gives the directory back. */
  async release(): Promise<void> {
    for (const server of this.#servers) server.close();
    await this.#directory.close();
  }
}

async function openDirectory(path: string): Promise<FileHandle> {
  try {
    // The history names nodes and clients' troubles: nobody else's business.
    await makeDirectory(path);
    return await open(path, 'r');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StateDirectoryError(path, `can not be written: ${why}`, error);
  }
}

/** Not by its path, which a link or a mount may spell in several ways. */
async function nameOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path);
  return `\0holdfast-state-${dev}-${ino}`;
}

async function listenAt(path: string, name: string): Promise<Server> {
  try {
    return await listen(name);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw inUse(path, await holderOf(name), error);
  }
}

/** @returns null on a file system that has no sockets. */
async function takeSocket(path: string, handle: FileHandle): Promise<Server | null> {
  // A socket's path may have some 100 characters; by the open directory it is always short.
  const name = process.platform === 'linux' ? `/proc/self/fd/${handle.fd}/${LOCK_NAME}` : join(path, LOCK_NAME);
  try {
    return await listen(name);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') return null;
    const holder = await holderOf(name);
    if (holder !== null) throw inUse(path, holder, error);
    await rm(join(path, LOCK_NAME), { force: true });
    return listen(name);
  }
}

function inUse(path: string, holder: string | null, cause: unknown): StateDirectoryError {
  const who = holder === null || holder === '' ? 'another Holdfast' : `another Holdfast (process ${holder})`;
  return new StateDirectoryError(path, `${who} uses it; each Holdfast wants one of its own`, cause);
}

/** The process that listens there: its number, or empty when it says nothing; null: nobody listens. */
async function holderOf(name: string): Promise<string | null> {
  const socket = connect(name);
  socket.setEncoding('latin1');
  let said = '';
  try {
    await once(socket, 'connect');
    socket.on('data', (text: string) => (said += text));
    await once(socket, 'close', { signal: AbortSignal.timeout(ASK_MS) });
    return /^\d+$/.test(said) ? said : '';
  } catch (error) {
    return codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ENOENT' ? null : '';
  } finally {
    socket.destroy();
  }
}

async function listen(name: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(String(process.pid));
    socket.resume();
  });
  server.listen(name);
  await once(server, 'listening');
  // It is there as long as the process, and is no reason for the process to be there.
  server.unref();
  return server;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
