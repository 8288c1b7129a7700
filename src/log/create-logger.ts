import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import { destination, pino } from 'pino';
import type { PrettyOptions, PrettyStream } from 'pino-pretty';
import type { Logger } from './logger.js';

/** Standard output or standard error, by file descriptor. */
export type LogOutput = 1 | 2;

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** `auto`: text for people on a terminal, JSON lines elsewhere. */
  readonly format: 'auto' | 'json' | 'pretty';
  readonly output: LogOutput;
}

/** A reader that stalls must stall neither the traffic nor memory: what it does not take beyond this is dropped. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/** Last line of defence: nothing that is logged should hold a secret in the first place. */
const REDACTED = ['password', '*.password', 'adminPassword', '*.adminPassword', 'nodePassword', '*.nodePassword'];

/** Loaded for people only: it takes as long to load as all the rest of the log. */
function prettyStream(options: PrettyOptions): PrettyStream {
  const load = createRequire(import.meta.url);
  const pretty = load('pino-pretty') as { build(options: PrettyOptions): PrettyStream };
  return pretty.build(options);
}

/** The log of one process. */
export function createLogger({ level, format, output }: LoggerOptions): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && isatty(output));
  const stream = isPretty
    ? prettyStream({ destination: output, sync: true, colorize: isatty(output), ignore: 'pid,hostname' })
    : // Not sync: writing to a full pipe would block the event loop, and with it all clients.
      destination({ fd: output, sync: false, maxLength: MAX_BUFFERED_BYTES });
  // A full disk ends nobody's connections. What could not be written is tried again with the next line.
  stream.on('error', () => undefined);
  return pino({ level, redact: { paths: REDACTED, censor: '***' }, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}
