import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file: a temporary one beside it, fsync, rename over it, fsync of the directory. Whoever reads finds the old
 * text or the new one, whole, also after a power cut; when this settles, the new one is durable.
 */
export async function replaceDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeDurably(temporary, text);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Writes a file and waits until it is on the disk; that it is there at all is durable only with {@link syncDirectory}. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  await syncAndClose(file, () => file.writeFile(text));
}

/** A rename, a removal and a new file are durable only when the directory is. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await syncAndClose(directory);
}

async function syncAndClose(file: FileHandle, before: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  try {
    await before();
    await file.sync();
  } finally {
    await file.close();
  }
}
