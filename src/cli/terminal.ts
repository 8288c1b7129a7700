import pc from 'picocolors';

/** What a command touches of the world; tests bring their own. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readText: (path: string) => string;
}

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours for one stream: on a terminal only, and never when NO_COLOR is set (no-color.org). */
export function colorsFor(stream: NodeJS.WriteStream, environment: Terminal['environment']): Colors {
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return pc.createColors(stream.isTTY && !refused);
}

export function printLine(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`${line}\n`);
}

/** The answer as one JSON value, for scripts. */
export function printJson(stream: NodeJS.WriteStream, value: unknown): void {
  printLine(stream, JSON.stringify(value, null, 2));
}
