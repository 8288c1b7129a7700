import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Logger } from '../log/logger.js';
import { pathsOf, TlsFileError, type TlsFiles } from './tls-files.js';
import { loadTlsMaterial, type CertificateFacts, type TlsMaterial } from './tls-material.js';

/**
 * How often the files are read again. Read, not watched: how a file changes (written in place, renamed over, a symbolic
 * link to a directory that Kubernetes swaps) makes no difference then, and a few kilobytes cost nothing.
 */
const READ_EVERY_MS = 5_000;

/**
 * The certificates of this process, as the files have them now.
 *
 * 1. `open` reads them; what is wrong at the start is an error.
 * 2. Every few seconds, and at {@link reload}, they are read again. What has changed, each certificate with its key, is
 *    checked, and then used for all connections that begin; those that are there go on.
 * 3. What has changed and is not good (a key without its certificate, half a file) is not used: the old one stays, and
 *    {@link problem} says why until the files are good again.
 */
export class Certificates {
  readonly #files: TlsFiles;
  readonly #log: Logger;
  readonly #listeners: ((material: TlsMaterial) => void)[] = [];
  #material: TlsMaterial;
  /** What was last looked at, good or not: the same files are judged once. */
  #seen: ReadonlyMap<string, Buffer | Error>;
  #problem = '';
  #timer: NodeJS.Timeout | null = null;

  private constructor(files: TlsFiles, log: Logger) {
    this.#files = files;
    this.#log = log;
    this.#seen = new Map(pathsOf(files).map((path) => [path, contentsOf(path)]));
    this.#material = loadTlsMaterial(files, readFrom(this.#seen), null).material;
    this.#warnIfExpired();
  }

  /** Reads the files. @throws {TlsFileError} */
  static open(files: TlsFiles, log: Logger): Certificates {
    return new Certificates(files, log);
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Why the files as they are now are not used; empty when they are. */
  get problem(): string {
    return this.#problem;
  }

  facts(): readonly CertificateFacts[] {
    return this.#material.certificates;
  }

  /** Calls `use` with the material at hand, and again with each that takes its place. */
  each(use: (material: TlsMaterial) => void): void {
    this.#listeners.push(use);
    use(this.#material);
  }

  /** Reads the files again from time to time, until {@link stop}. */
  watch(everyMs: number = READ_EVERY_MS): void {
    this.#timer ??= setInterval(() => void this.reload(), everyMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Reads the files now. Never rejects: what is wrong is logged, and told by {@link problem}. */
  async reload(): Promise<void> {
    const paths = pathsOf(this.#files);
    const read = await Promise.all(
      paths.map(async (path): Promise<readonly [string, Buffer | Error]> => {
        try {
          return [path, await readFile(path)];
        } catch (error) {
          return [path, error instanceof Error ? error : new Error(String(error))];
        }
      }),
    );
    const contents = new Map(read);
    if (paths.every((path) => isSame(this.#seen.get(path), contents.get(path)))) return;
    this.#seen = contents;
    this.#use(contents);
  }

  #use(contents: ReadonlyMap<string, Buffer | Error>): void {
    try {
      const { material, problems } = loadTlsMaterial(this.#files, readFrom(contents), this.#material);
      this.#material = material;
      for (const use of this.#listeners) use(material);
      this.#problem = problems.join('; ');
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    if (this.#problem !== '') {
      this.#log.error({}, `TLS files have changed and can not be used; the old ones stay: ${this.#problem}`);
      return;
    }
    this.#log.info({ certificates: this.facts() }, 'the TLS files have changed; new connections use them');
    this.#warnIfExpired();
  }

  #warnIfExpired(): void {
    for (const { file, notAfterMs } of this.facts()) {
      if (notAfterMs > Date.now()) continue;
      this.#log.warn({ file, notAfter: new Date(notAfterMs) }, `the certificate in ${file} has expired`);
    }
  }
}

function readFrom(contents: ReadonlyMap<string, Buffer | Error>): (path: string) => Buffer {
  return (path) => {
    const content = contents.get(path) ?? new TlsFileError([`${path} was not read`]);
    if (content instanceof Error) throw content;
    return content;
  };
}

function contentsOf(path: string): Buffer | Error {
  try {
    return readFileSync(path);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isSame(before: Buffer | Error | undefined, now: Buffer | Error | undefined): boolean {
  if (Buffer.isBuffer(before) && Buffer.isBuffer(now)) return before.equals(now);
  return before instanceof Error && now instanceof Error && before.message === now.message;
}
