/** One cell of the matrix: what the load does. */
export interface Workload {
  readonly command: LoadCommand;
  /** Requests that a connection sends at a time; the next ones follow when all of them are answered. */
  readonly pipeline: number;
  /** Bytes of a value. */
  readonly size: number;
  readonly connections: number;
}

export const LOAD_COMMANDS = ['set', 'get', 'mixed'] as const;
/** `mixed`: every fifth request is a SET, the others are GETs. */
export type LoadCommand = (typeof LOAD_COMMANDS)[number];

export interface Matrix {
  readonly connections: readonly number[];
  readonly pipelines: readonly number[];
  readonly sizes: readonly number[];
  readonly commands: readonly LoadCommand[];
}

export const FULL_MATRIX: Matrix = {
  connections: [1, 50, 500],
  pipelines: [1, 16, 100],
  sizes: [64, 2048, 65_536],
  commands: LOAD_COMMANDS,
};

/** What every goal needs at least, for a look. */
export const QUICK_MATRIX: Matrix = {
  connections: [1, 50],
  pipelines: [1, 16],
  sizes: [64, 65_536],
  commands: ['mixed'],
};

/** More than this under way takes seconds for a turn of all connections, and gigabytes in servers and proxies. */
const HEAVY_BYTES = 1024 ** 3;

/** Every pair, the small values first. */
export function workloadsOf({ connections, pipelines, sizes, commands }: Matrix): readonly Workload[] {
  return sizes.flatMap((size) =>
    connections.flatMap((count) =>
      pipelines.flatMap((pipeline) => commands.map((command) => ({ command, pipeline, size, connections: count }))),
    ),
  );
}

export function isFullMatrix(matrix: Matrix): boolean {
  const names = (all: Matrix): string => workloadsOf(all).map(workloadName).join();
  return names(matrix) === names(FULL_MATRIX);
}

/** What can be under way at a time: in sockets, in the proxy, in the server. */
export function bytesUnderWay({ connections, pipeline, size }: Workload): number {
  return connections * pipeline * size;
}

/** One round of it has to be enough. */
export function isHeavy(workload: Workload): boolean {
  return bytesUnderWay(workload) > HEAVY_BYTES;
}

/** Distinct keys: some megabytes of them, which is more than a cache holds of the small values and not much more of the large ones. */
export function keysOf({ size }: Workload): number {
  return Math.min(1_000, Math.max(100, Math.floor((4 * 1024 * 1024) / size / 100) * 100));
}

export function commandName(command: LoadCommand): string {
  return command === 'mixed' ? '80/20' : command.toUpperCase();
}

export function sizeName(bytes: number): string {
  return bytes >= 1024 ? `${bytes / 1024} KB` : `${bytes} B`;
}

/** `GET 64 B, 50 connections, pipeline 16`. */
export function workloadName({ command, pipeline, size, connections }: Workload): string {
  return `${commandName(command)} ${sizeName(size)}, ${connectionsName(connections)}, pipeline ${pipeline}`;
}

export function connectionsName(connections: number): string {
  return `${connections} connection${connections === 1 ? '' : 's'}`;
}

export function sameWorkload(a: Workload, b: Workload): boolean {
  return a.command === b.command && a.pipeline === b.pipeline && a.size === b.size && a.connections === b.connections;
}
