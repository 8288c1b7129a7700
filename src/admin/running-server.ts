/** A listener of the admin side that runs. */
export interface RunningServer {
  /** As people write it, with the port that was chosen. */
  readonly address: string;
  /** Stops accepting and closes all connections; bounded. */
  close(): Promise<void>;
}
