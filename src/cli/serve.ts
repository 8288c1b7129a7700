import type { Config } from '../config/settings.js';
import type { Logger } from '../log/logger.js';
import { ExitCode } from './exit-code.js';

/** The composition root: plugs everything together and runs until SIGTERM or SIGINT. @returns the exit status. */
export async function serve(config: Config, logger: Logger): Promise<number> {
  logger.error({ nodes: config.nodes }, 'there is nothing to serve with yet');
  return Promise.resolve(ExitCode.Aborted);
}
