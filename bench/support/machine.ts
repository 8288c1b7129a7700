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
  /** Of the working tree, with `-dirty` when it has changes; empty where there is no git. */
  readonly commit: string;
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
    commit: commitOfTree(),
    loadBefore: loadavg()[0] ?? 0,
  };
}

function commitOfTree(): string {
  const git = (...args: readonly string[]): string => {
    const result = spawnSync('git', args, { encoding: 'utf8' });
    return result.error === undefined ? result.stdout.trim() : '';
  };
  const commit = git('rev-parse', '--short=12', 'HEAD');
  // Results of earlier runs, and their summary, are no part of what is measured.
  const changed = git('status', '--porcelain', '--', '.', ':!bench/results', ':!README.md') !== '';
  return commit === '' || !changed ? commit : `${commit}-dirty`;
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
    `${machine.commit === '' ? '' : `commit ${machine.commit} · `}Node ${machine.node}${programs.map((version) => ` · ${version}`).join('')}`,
  ];
}
