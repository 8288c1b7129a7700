import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** Where and with what something was measured: a figure without it says nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** First line of each program's own version; programs that are not installed are left out. */
  readonly programs: Readonly<Record<string, string>>;
  readonly date: string;
  /** Load average of the minute before: a machine that was busy already measures the others too. */
  readonly loadBefore: number;
}

export function describeMachine(programs: readonly string[]): Machine {
  const found = programs.flatMap((program) => {
    const version = programVersion(program);
    return version === null ? [] : [[program, version] as const];
  });
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    programs: Object.fromEntries(found),
    date: new Date().toISOString(),
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** @returns null when the program is not installed. */
function programVersion(program: string): string | null {
  // nutcracker knows no other spelling than -V, and writes it to standard error.
  const result = spawnSync(program, [program === 'nutcracker' ? '-V' : program === 'haproxy' ? '-v' : '--version'], {
    encoding: 'utf8',
  });
  if (result.error !== undefined) return null;
  return `${result.stdout}${result.stderr}`.trim().split('\n')[0] ?? '';
}

/** Two lines for people. */
export function machineLines(machine: Machine): readonly string[] {
  const programs = Object.values(machine.programs).map((version) =>
    version.replace(/ (sha|build|malloc|bits)=\S+/g, ''),
  );
  return [
    `${machine.date}  ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, load before ${machine.loadBefore.toFixed(2)}`,
    `Node ${machine.node}${programs.map((version) => ` · ${version}`).join('')}`,
  ];
}
