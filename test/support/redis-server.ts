import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askServer, type Reply } from './ask-server.js';
import { forget, killAtExit } from './child-processes.js';
import { freePort } from './free-port.js';
import { RawClient, type RawTarget } from './raw-client.js';
import type { TestCertificates } from './test-certificates.js';
import { until } from './until.js';

/** What a test may say about a server; the rest is "no persistence, loopback, a free port". */
export interface RedisServerOptions {
  /** Default: the first of `redis-server` and `valkey-server` on the PATH. */
  readonly binary?: string;
  /** Password of the default user; replicas use it towards their master as well. */
  readonly requirepass?: string;
  /** `replica-priority`; 0 forbids promotion. */
  readonly priority?: number;
  readonly databases?: number;
  /** Lines of ACL users, `app on >secret ~* &* +@all`. */
  readonly users?: readonly string[];
  /** TLS on its port, and no plain text; replication too. Nobody has to show a certificate. */
  readonly tls?: TestCertificates;
  /** Any other setting, as in redis.conf; overrides what the options above say. */
  readonly config?: Readonly<Record<string, string>>;
}

/** How often a start is tried again because the port was taken in the meantime. */
const START_ATTEMPTS = 5;

/** A real server on a free port of 127.0.0.1, in a directory of its own. Everything is gone when the process ends. */
export class RedisServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly directory: string;
  readonly options: RedisServerOptions;
  #child: ChildProcess;

  private constructor(port: number, directory: string, options: RedisServerOptions, child: ChildProcess) {
    this.port = port;
    this.directory = directory;
    this.options = options;
    this.#child = child;
  }

  /** Starts a server and waits until it answers PING. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-server-'));
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      writeFileSync(join(directory, 'redis.conf'), configText(port, directory, options));
      const server = new RedisServer(port, directory, options, launch(directory, options));
      try {
        await server.ready();
        return server;
      } catch (error) {
        await server.kill();
        if (attempt === START_ATTEMPTS || !server.log().includes('Address already in use')) throw error;
      }
    }
  }

  /** The address as Holdfast writes it. */
  get id(): string {
    return `${this.host}:${this.port}`;
  }

  /** How to connect to it. */
  get target(): RawTarget {
    return { host: this.host, port: this.port, tls: this.options.tls?.trust };
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`the server ${this.id} has no process`);
    return pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the server wrote to its log. */
  log(): string {
    return readFileSync(join(this.directory, 'server.log'), 'utf8');
  }

  /** A setting as its configuration file has it; undefined: it does not stand there. */
  written(setting: string): string | undefined {
    const lines = readFileSync(join(this.directory, 'redis.conf'), 'utf8').split('\n');
    return lines.findLast((line) => line.startsWith(`${setting} `))?.slice(setting.length + 1);
  }

  /** Runs one command on a fresh connection, as the default user. Rejects with the server's words when it refuses. */
  send(...args: readonly string[]): Promise<Reply> {
    return askServer(this.target, this.options.requirepass ?? '', args);
  }

  /** The fields of an INFO section. */
  async info(section: string): Promise<ReadonlyMap<string, string>> {
    const fields = new Map<string, string>();
    for (const line of String(await this.send('INFO', section)).split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
    }
    return fields;
  }

  /** Settles when the server answers PING; a server that wants a password answers as well. */
  async ready(): Promise<void> {
    const exited = new Error(`${this.id} ended while it was starting`);
    await until(`${this.id} answers PING`, async () => {
      if (!this.running) return exited;
      return (await this.#ping()) ? true : undefined;
    }).then((seen) => {
      if (seen === exited) throw new Error(`${exited.message}:\n${this.log()}`);
    });
  }

  /** Ends the server in an orderly way (SIGTERM); a frozen one is resumed first. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends the server as a crash would (SIGKILL). */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops the process; its connections stay open and nothing answers. Settles when the kernel has really stopped it. */
  async freeze(): Promise<void> {
    process.kill(this.pid, 'SIGSTOP');
    await until(`${this.id} is stopped`, () => processState(this.pid) === 'T');
  }

  /** Lets a frozen server go on. */
  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Starts the server again on the same port, from the same file (`CONFIG REWRITE` counts); ends it first if need be. */
  async restart(): Promise<void> {
    await this.kill();
    this.#child = launch(this.directory, this.options);
    await this.ready();
  }

  /** Ends the server and removes its directory. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
    forget(this.directory);
  }

  async #ping(): Promise<boolean> {
    const client = await RawClient.connect(this.target);
    try {
      const reply = await client.call('PING');
      return reply.startsWith('+PONG') || reply.startsWith('-NOAUTH');
    } finally {
      client.close();
    }
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.running) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    // A stopped process takes notice of SIGTERM only when it goes on.
    this.#child.kill('SIGCONT');
    await exit;
  }
}

function launch(directory: string, options: RedisServerOptions): ChildProcess {
  const log = openSync(join(directory, 'server.log'), 'a');
  try {
    const child = spawn(options.binary ?? findBinary(), [join(directory, 'redis.conf')], {
      stdio: ['ignore', log, log],
    });
    killAtExit(child, directory);
    return child;
  } finally {
    closeSync(log);
  }
}

let foundBinary: string | undefined;

function findBinary(): string {
  foundBinary ??= ['redis-server', 'valkey-server'].find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
  if (foundBinary === undefined) throw new Error('neither redis-server nor valkey-server is on the PATH');
  return foundBinary;
}

function configText(port: number, directory: string, options: RedisServerOptions): string {
  const settings: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(port),
    dir: directory,
    daemonize: 'no',
    save: '""',
    appendonly: 'no',
    // Behind a diskless synchronisation the master streams only from the first acknowledgement on, up to a second later.
    'repl-diskless-sync': 'no',
    // How soon the end of a background save is noticed: in 10 ms instead of 100.
    hz: '100',
    ...(options.requirepass === undefined ? {} : { requirepass: options.requirepass, masterauth: options.requirepass }),
    ...(options.priority === undefined ? {} : { 'replica-priority': String(options.priority) }),
    ...(options.databases === undefined ? {} : { databases: String(options.databases) }),
    ...(options.tls === undefined ? {} : tlsSettings(port, options.tls)),
    ...options.config,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  for (const user of options.users ?? []) lines.push(`user ${user}`);
  return `${lines.join('\n')}\n`;
}

function tlsSettings(port: number, { caFile, server }: TestCertificates): Record<string, string> {
  return {
    port: '0',
    'tls-port': String(port),
    'tls-cert-file': server.cert,
    'tls-key-file': server.key,
    'tls-ca-cert-file': caFile,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
  };
}

/** The letter of the process state in `/proc` (`T`: stopped); where there is no `/proc` the signal is believed. */
function processState(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
  } catch {
    return 'T';
  }
}
