import { Command } from 'commander';
import { DEFAULT_LOAD, MIN_VALUE_BYTES } from '../bench/load/settings.js';
import { integer } from '../bench/support/integer-option.js';

export interface DemoOptions {
  readonly json: boolean;
  readonly switchovers: number;
  /** SETs per second. */
  readonly rate: number;
  /** Bytes of a value. */
  readonly size: number;
  readonly connections: number;
  /** Seconds that the load runs; the switchovers are spread over it. */
  readonly duration: number;
}

/** Reads the command line. Wrong arguments end the process with status 2 and a sentence; `--help` with 0. */
export function readOptions(argv: readonly string[]): DemoOptions {
  return new Command('npm run demo --')
    .description('Moves the master of a real shard while 50 clients write to it, and checks that nobody noticed.')
    .option('--json', 'print one JSON object on standard output, and nothing else there', false)
    .option('--switchovers <count>', 'how often the master moves', integer(1, 10_000), 10)
    .option('--rate <per second>', 'SETs per second, over all connections', integer(1, 1_000_000), DEFAULT_LOAD.rate)
    .option('--size <bytes>', 'size of a value', integer(MIN_VALUE_BYTES, 16 * 1024 * 1024), DEFAULT_LOAD.size)
    .option('--connections <count>', 'clients', integer(1, 5_000), DEFAULT_LOAD.connections)
    .option('--duration <seconds>', 'how long the load runs', integer(1, 86_400), 20)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse(argv, { from: 'user' })
    .opts<DemoOptions>();
}
