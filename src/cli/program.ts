import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ADMIN_TARGET_KEYS, loadAdminTarget, loadConfig, type AdminTarget, type LoadedConfig } from '../config/load.js';
import { ConfigError, renderProblem } from '../config/problem.js';
import { renderConfig } from '../config/render.js';
import { TlsFileError } from '../tls/tls-files.js';
import { loadTlsMaterial } from '../tls/tls-material.js';
import { servingFiles } from '../tls/tls-settings.js';
import { AdminError, LostAnswerError, UnreachableError } from './admin-client.js';
import { ArgumentError } from './argument-error.js';
import { EXIT_CODE_HELP, ExitCode } from './exit-code.js';
import { keepCodeReady } from './ready-code.js';
import { addSettingFlags, configFile, leftoverProblems, settingFlags } from './setting-flags.js';
import type { SwitchoverOptions } from './switchover.js';
import { colorsFor, printLine, type Terminal } from './terminal.js';

interface JsonOption {
  readonly json?: true;
}

/**
 * Runs one command line (without `node` and the script). What a command is made of is loaded when it is wanted: all of it takes
 * longer to load than most commands take to run.
 *
 * @returns the exit status.
 */
export async function runCommandLine(argv: readonly string[], version: string, terminal: Terminal): Promise<number> {
  let exitCode: number = ExitCode.Ok;
  const program = new Command('holdfast')
    .description('A Redis-protocol proxy that moves the master of a live shard while applications go on')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .addHelpText('after', EXIT_CODE_HELP)
    .showSuggestionAfterError();

  const load = (command: Command): LoadedConfig =>
    loadConfig(
      {
        flags: settingFlags(command),
        environment: terminal.environment,
        file: configFile(command, terminal.environment),
        readText: terminal.readText,
      },
      leftoverProblems(command),
    );
  const adminTarget = (command: Command): AdminTarget =>
    loadAdminTarget({
      flags: settingFlags(command),
      environment: terminal.environment,
      file: configFile(command, terminal.environment),
      readText: terminal.readText,
    });
  /** A command that takes all settings. What it does not know is reported together with everything else that is wrong. */
  const configured = (name: string, description: string): Command =>
    addSettingFlags(program.command(name).description(description)).allowUnknownOption().allowExcessArguments();
  /** A command that talks to the admin port of a running Holdfast. */
  const operator = (name: string, description: string): Command =>
    addSettingFlags(program.command(name).description(description), ADMIN_TARGET_KEYS)
      .option('--json', 'the answer as JSON')
      .addHelpText('after', EXIT_CODE_HELP);

  configured('serve', 'run the proxy').action(async (_options, command: Command) => {
    const { config } = load(command);
    keepCodeReady();
    const { createLogger } = await import('../log/create-logger.js');
    const { serve } = await import('./serve.js');
    const logger = createLogger({ level: config.logLevel, format: config.logFormat, output: 1 });
    exitCode = await serve(config, version, logger);
  });
  configured('check-config', 'print the effective configuration, or everything that is wrong with it').action(
    (_options, command: Command) => {
      const loaded = load(command);
      loadTlsMaterial(servingFiles(loaded.config), (path) => readFileSync(path), null);
      terminal.stdout.write(renderConfig(loaded));
    },
  );
  operator('switchover', 'make another node the master')
    .option('--to <host:port>', 'this node and no other (default: the best replica)')
    .option('--dry-run', 'check everything, predict the stall, touch nothing')
    .option('--unplanned', 'the master is dead: promote its best replica without it; what that lacks is lost')
    .option('--force', 'promote after the sync timeout although the node is behind: writes are lost')
    .option('--sync-timeout-ms <ms>', 'this time instead of the configured one')
    .option('--pause-timeout-ms <ms>', 'this time instead of the configured one')
    .action(async (options: SwitchoverOptions, command: Command) => {
      const { switchover } = await import('./switchover.js');
      exitCode = await switchover(adminTarget(command), options, terminal);
    });
  operator('status', 'the state of the switch, the gate and the traffic').action(
    async (options: JsonOption, command: Command) => {
      const { status } = await import('./status.js');
      exitCode = await status(adminTarget(command), options, terminal);
    },
  );
  operator('nodes', 'the nodes of the shard').action(async (options: JsonOption, command: Command) => {
    const { nodes } = await import('./nodes.js');
    exitCode = await nodes(adminTarget(command), options, terminal);
  });
  operator('history', 'the last switchovers')
    .argument('[n]', 'how many')
    .action(async (n: string | undefined, options: JsonOption, command: Command) => {
      const { history } = await import('./history.js');
      exitCode = await history(adminTarget(command), n, options, terminal);
    });
  operator('hold', 'hold all writes')
    .argument('[ms]', 'for how long at most')
    .action(async (ms: string | undefined, options: JsonOption, command: Command) => {
      const { hold } = await import('./hold.js');
      exitCode = await hold(adminTarget(command), ms, options, terminal);
    });
  operator('release', 'end a hold').action(async (options: JsonOption, command: Command) => {
    const { release } = await import('./hold.js');
    exitCode = await release(adminTarget(command), options, terminal);
  });
  operator('rejoin', 'take back a former master that is kept out; the writes that only it has are lost')
    .argument('<host:port>', 'the node')
    .action(async (node: string, options: JsonOption, command: Command) => {
      const { rejoin } = await import('./rejoin.js');
      exitCode = await rejoin(adminTarget(command), node, options, terminal);
    });

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, terminal);
  }
}

/** Says what went wrong. @returns the exit status. @throws what is a defect. */
function explain(error: unknown, terminal: Terminal): ExitCode {
  // commander has said it already; help and version come this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
  const { red } = colorsFor(terminal.stderr, terminal.environment);
  const say = (text: string): void => printLine(terminal.stderr, `${red('error')}: ${text}`);
  if (error instanceof ConfigError) {
    for (const problem of error.problems) say(renderProblem(problem));
    return ExitCode.Usage;
  }
  if (error instanceof TlsFileError) {
    for (const problem of error.problems) say(problem);
    return ExitCode.Usage;
  }
  if (error instanceof UnreachableError) {
    say(error.message);
    return ExitCode.Unreachable;
  }
  if (error instanceof LostAnswerError) {
    say(`${error.message}; holdfast status tells whether it was carried out`);
    return ExitCode.Unsettled;
  }
  if (error instanceof AdminError || error instanceof ArgumentError) {
    say(error.message);
    return error instanceof AdminError ? ExitCode.Refused : ExitCode.Usage;
  }
  throw error;
}
