import { authCommand } from './auth.js';
import { clientCommand } from './client.js';
import { commandCommand } from './command-command.js';
import { CommandTable } from './command-table.js';
import { configCommand } from './config.js';
import { echoCommand } from './echo.js';
import { failoverCommand } from './failover.js';
import { helloCommand } from './hello.js';
import { helpCommand } from './help.js';
import { historyCommand } from './history.js';
import { holdCommand } from './hold.js';
import { infoCommand } from './info.js';
import { nodesCommand } from './nodes.js';
import { pingCommand } from './ping.js';
import { quitCommand } from './quit.js';
import { rejoinCommand } from './rejoin.js';
import { releaseCommand } from './release.js';
import { resetCommand } from './reset.js';
import { roleCommand } from './role.js';
import { statusCommand } from './status.js';
import { switchoverCommand } from './switchover.js';

/** Every command of the admin port, in the order in which HELP and the documentation show them. */
export const ADMIN_COMMANDS = new CommandTable([
  switchoverCommand,
  failoverCommand,
  holdCommand,
  releaseCommand,
  rejoinCommand,
  statusCommand,
  nodesCommand,
  historyCommand,
  roleCommand,
  infoCommand,
  clientCommand,
  configCommand,
  helpCommand,
  commandCommand,
  pingCommand,
  echoCommand,
  authCommand,
  helloCommand,
  resetCommand,
  quitCommand,
]);
