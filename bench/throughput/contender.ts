/** What stands between the load and the server in a measurement. */
export interface ThroughputContender {
  readonly name: string;
  /** Program that must be installed; absent when nothing is needed. */
  readonly program?: string;
  /** @param prefix what to put before the command, such as `taskset -c 0`; @param serverPort where the server listens. */
  start(serverPort: number, prefix: readonly string[]): Promise<StartedContender>;
}

export interface StartedContender {
  /** Where the load connects. */
  readonly port: number;
  /** Whose CPU is counted; null for a direct connection. */
  readonly pid: number | null;
  stop(): Promise<void>;
}
