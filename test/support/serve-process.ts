import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectTo } from '../../bench/support/node-client.js';
import { accepts } from './accepts.js';
import { forget, killAtExit, removeAtExit } from './child-processes.js';
import { freePort } from './free-port.js';
import { RawClient } from './raw-client.js';
import type { TestCertificates } from './test-certificates.js';
import { until } from './until.js';
import { fieldsOf, type Fields } from './fields.js';

/** `npm test` runs what users run; a file that is run by hand, what the compiler wrote last. */
const MAIN = process.env['HOLDFAST_TEST_PROGRAM'] ?? fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface ServeOptions {
  readonly nodes: readonly string[];
  readonly flags?: readonly string[];
  /** A state directory that is not this process's own; it is left behind. */
  readonly stateDir?: string;
  /** TLS on all three listeners, with its server's certificate and nobody having to show one unless the flags say otherwise. */
  readonly tls?: TestCertificates;
  readonly environment?: Readonly<Record<string, string>>;
}

/** On a busy machine a server may not run for a while; that aborts no switchover of a test that does not say how long it waits. */
function patience(flags: readonly string[]): readonly string[] {
  const isSaid = flags.some((flag) => /^--(?:sync|pause|promote|command)-timeout-ms=/.test(flag));
  return isSaid ? [] : ['--sync-timeout-ms=1000', '--pause-timeout-ms=10000'];
}

/** How a command line of `holdfast` ended. */
export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `holdfast serve` as a child process, whether it can serve or not. Gone when this process ends. */
export class ServeProcess {
  readonly port: number;
  readonly adminId: string;
  readonly httpId: string;
  readonly stateDir: string;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #tls: ConnectionOptions | undefined;

  private constructor(child: ChildProcess, directory: string, options: ServeOptions, ports: readonly number[]) {
    this.#child = child;
    this.#directory = directory;
    this.#tls = options.tls?.trust;
    this.stateDir = options.stateDir ?? join(directory, 'state');
    this.port = ports[0] ?? 0;
    this.adminId = `127.0.0.1:${ports[1]}`;
    this.httpId = `127.0.0.1:${ports[2]}`;
  }

  /** Starts it and waits for nothing. */
  static async launch(options: ServeOptions): Promise<ServeProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-serve-'));
    removeAtExit(directory);
    const ports = [await freePort(), await freePort(), await freePort()];
    const { tls } = options;
    const at = tls === undefined ? '127.0.0.1' : 'tls://127.0.0.1';
    const namesPair = options.flags?.some((flag) => flag.startsWith('--tls-cert-file=')) ?? false;
    const flags = [
      `--listen=${at}:${ports[0]}`,
      `--admin=${at}:${ports[1]}`,
      `--http=${at}:${ports[2]}`,
      ...(tls === undefined || namesPair
        ? []
        : [`--tls-cert-file=${tls.server.cert}`, `--tls-key-file=${tls.server.key}`]),
      ...(tls === undefined ? [] : [`--tls-ca-cert-file=${tls.caFile}`]),
      ...(tls === undefined ? [] : ['--tls-auth-clients=no', '--admin-tls-auth-clients=no']),
      `--state-dir=${options.stateDir ?? join(directory, 'state')}`,
      ...options.nodes.map((node) => `--node=${node}`),
      ...patience(options.flags ?? []),
      ...(options.flags ?? []),
    ];
    const log = openSync(join(directory, 'log'), 'a');
    const child = spawn(process.execPath, [MAIN, 'serve', ...flags], {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...options.environment },
    });
    closeSync(log);
    killAtExit(child);
    return new ServeProcess(child, directory, options, ports);
  }

  /** Starts it and waits until it serves a master. */
  static async start(options: ServeOptions): Promise<ServeProcess> {
    const holdfast = await ServeProcess.launch(options);
    try {
      await holdfast.ready();
      return holdfast;
    } catch (error) {
      const log = holdfast.log();
      await holdfast.dispose();
      throw new Error(`holdfast serve did not become ready:\n${log}`, { cause: error });
    }
  }

  /** Settles when all ports are open; there may be no master yet. */
  async listening(): Promise<void> {
    await until('/healthz answers', async () => !this.running || (await this.#answers('/healthz')));
  }

  /** Settles when `/readyz` says so. */
  async ready(): Promise<void> {
    const seen = await until('/readyz answers 200', async () => {
      if (!this.running) return 'ended';
      return this.#answers('/readyz');
    });
    if (seen === 'ended') throw new Error('it ended');
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('holdfast has no process');
    return pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All that it wrote. */
  log(): string {
    return readFileSync(join(this.#directory, 'log'), 'utf8');
  }

  /** The state file. */
  state(): { readonly epoch: number; readonly master: string | null; readonly intent: unknown } {
    return JSON.parse(readFileSync(join(this.stateDir, 'state.json'), 'utf8')) as ReturnType<ServeProcess['state']>;
  }

  /** Where admin commands are given. */
  get adminAddress(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: Number(this.adminId.slice(this.adminId.lastIndexOf(':') + 1)) };
  }

  /** An application's connection. */
  client(): Promise<RawClient> {
    return RawClient.connect({ host: '127.0.0.1', port: this.port, tls: this.#tls });
  }

  /** One command on a connection of its own to the admin port. Rejects with the error that was answered. */
  async admin(...args: readonly string[]): Promise<unknown> {
    const admin = await connectTo(this.adminId, this.#tls);
    try {
      const [name = '', ...rest] = args;
      return await admin.call(name, ...rest);
    } finally {
      admin.disconnect();
    }
  }

  /** The same for commands that answer with a map. */
  async fields(...args: readonly string[]): Promise<Fields> {
    return fieldsOf(await this.admin(...args));
  }

  /** The words of the error that an admin command is answered with; empty when it is none. */
  async refusal(...args: readonly string[]): Promise<string> {
    try {
      await this.admin(...args);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Settles when STATUS shows that state of the switchover. */
  async reaches(state: string): Promise<void> {
    await until(`the state is ${state}`, async () => (await this.fields('STATUS')).text('state') === state);
  }

  async get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const tls = this.#tls;
    // `fetch` can not be told whom to trust, and takes long to load.
    const asked =
      tls === undefined
        ? request(`http://${this.httpId}${path}`, { agent: false })
        : requestSecurely(`https://${this.httpId}${path}`, { ...tls, agent: false });
    const [response] = (await once(asked.end(), 'response')) as [IncomingMessage];
    let body = '';
    for await (const text of response.setEncoding('utf8')) body += String(text);
    return { status: response.statusCode ?? 0, body };
  }

  /** One figure of `/metrics`, named with its labels as the page writes them. */
  async metric(name: string): Promise<number> {
    const { body } = await this.get('/metrics');
    const line = body.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? Number.NaN : Number(line.slice(name.length + 1));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Settles when the process has ended. @returns the exit status, or the signal that ended it. */
  async ended(): Promise<number | string | null> {
    if (this.running) await once(this.#child, 'exit');
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  /** Asked every few milliseconds while the process starts, which needs the processor. */
  async #answers(path: string): Promise<boolean> {
    // A connection without a word would count as one that was refused where TLS is spoken.
    const isOpen = this.#tls !== undefined || (await accepts(Number(this.httpId.split(':').at(-1))));
    return isOpen && (await this.get(path)).status === 200;
  }

  async dispose(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended();
    rmSync(this.#directory, { recursive: true, force: true });
    forget(this.#directory);
  }
}

/** Runs one command line of `holdfast` to its end. */
export async function runHoldfast(...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  killAtExit(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { status: child.exitCode, stdout, stderr };
}
