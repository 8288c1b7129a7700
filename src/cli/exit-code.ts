/** How a command of `holdfast` ends, for scripts. */
export const ExitCode = {
  Ok: 0,
  /** The switchover was rolled back: nothing was lost, the old master goes on. For `serve`: it could not start or failed. */
  Aborted: 1,
  /** Wrong flags, arguments or configuration. */
  Usage: 2,
  /** Nothing was touched: the sentence says why not. */
  Refused: 3,
  /** The admin port does not answer, or not to this password. */
  Unreachable: 4,
  /** Something needs a look: an outcome that is not known, or nodes that do not follow the new master yet. */
  Unsettled: 5,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** For the end of `--help`. */
export const EXIT_CODE_HELP = `
Exit status:
  0  done; for switchover: another node is the master and all nodes follow it
  1  switchover aborted: rolled back, nothing lost; for serve: failed
  2  wrong flags, arguments or configuration
  3  refused: nothing was touched
  4  the admin port can not be reached, or does not accept the password
  5  unresolved, or not settled yet: see holdfast status`;
