import { Redis, ReplyError, type RedisOptions } from 'ioredis';
import type { AdminTarget } from '../config/load.js';
import { formatListenAddress, isTlsAddress } from '../config/listen-address.js';
import type { Logger } from '../log/logger.js';
import { Certificates } from '../tls/certificates.js';
import { tlsTo } from '../tls/node-tls.js';
import { tlsErrorWords } from '../tls/tls-error-words.js';
import { TlsFileError } from '../tls/tls-files.js';
import { operatorFiles } from '../tls/tls-settings.js';

/** The admin port could not be reached, or did not accept the password. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Holdfast answered with an error; `code` is its first word (`REFUSED`, `ABORTED`, `ERR` …). */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: string;

  constructor(message: string) {
    super(message);
    [this.code = ''] = message.split(' ', 1);
  }
}

/** The link broke after the command was sent: it may or may not have been carried out. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
}

/** On one machine or in one pod: what does not connect at once will not connect later. */
const CONNECT_TIMEOUT_MS = 3_000;

/** One connection to the admin port. */
export class AdminClient {
  readonly #redis: Redis;

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @throws {UnreachableError} */
  static async connect(target: AdminTarget): Promise<AdminClient> {
    const { admin, adminPassword } = target;
    const redis = new Redis({
      ...placeOf(target),
      ...(adminPassword === null ? {} : { password: adminPassword }),
      protocol: 2,
      connectionName: 'holdfast-cli',
      connectTimeout: CONNECT_TIMEOUT_MS,
      lazyConnect: true,
      // A switchover must be sent once or not at all, and a command that fails must fail at once.
      enableOfflineQueue: false,
      enableReadyCheck: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      retryStrategy: () => null,
    });
    // ioredis emits the cause beside rejecting `connect`, whose own message is only "Connection is closed."
    let cause: Error | undefined;
    redis.on('error', (error: Error) => {
      cause ??= error;
    });
    const client = new AdminClient(redis);
    // Something may accept the connection and never say a word.
    const impatience = setTimeout(() => {
      cause ??= new Error('it does not answer');
      redis.disconnect();
    }, CONNECT_TIMEOUT_MS);
    try {
      await redis.connect();
      // Wrong credentials do not fail `connect`.
      await redis.call('PING');
      return client;
    } catch (error) {
      client.close();
      const why = error instanceof ReplyError || cause === undefined ? error : cause;
      const text = tlsErrorWords(why) ?? (why instanceof Error ? why.message : String(why));
      throw new UnreachableError(`The admin port ${formatListenAddress(admin)} can not be used: ${text}`, {
        cause: error,
      });
    } finally {
      clearTimeout(impatience);
    }
  }

  /** Sends one command. @throws {AdminError} or {@link LostAnswerError} */
  async call(name: string, ...args: readonly string[]): Promise<unknown> {
    try {
      return await this.#redis.call(name, ...args);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (error instanceof ReplyError) throw new AdminError(text);
      throw new LostAnswerError(`The answer to ${name} was lost: ${text}`, { cause: error });
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}

const ignore = (): void => undefined;
/** The certificates of one short connection: nothing changes while it lasts. */
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Where the admin port is, and how to speak to it. @throws {UnreachableError} when the files for TLS are not good. */
function placeOf(target: AdminTarget): Pick<RedisOptions, 'path' | 'host' | 'port' | 'tls'> {
  const { admin } = target;
  if (admin.kind === 'unix') return { path: admin.path };
  const { host, port } = admin;
  if (!isTlsAddress(admin)) return { host, port };
  try {
    const certificates = Certificates.open(operatorFiles(target), SILENT);
    return { host, port, tls: tlsTo(certificates, target.adminTlsServerName)(host) };
  } catch (error) {
    if (!(error instanceof TlsFileError)) throw error;
    throw new UnreachableError(`The admin port ${formatListenAddress(admin)} can not be used: ${error.message}`);
  }
}
