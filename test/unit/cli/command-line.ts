import { PassThrough } from 'node:stream';
import { runCommandLine } from '../../../src/cli/program.js';

export interface Ending {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Both outputs are terminals. */
  readonly isTTY?: boolean;
}

/** `holdfast <argv>` in this process. */
export async function holdfast(
  argv: readonly string[],
  { environment = {}, files = {}, isTTY = false }: Surroundings = {},
): Promise<Ending> {
  const stdout = new CapturedStream(isTTY);
  const stderr = new CapturedStream(isTTY);
  const exitCode = await runCommandLine(argv, '1.2.3', {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    environment,
    readText: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return text;
    },
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

class CapturedStream extends PassThrough {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 120;
  readonly rows = 40;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
    this.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
  }
}
