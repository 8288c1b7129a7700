/** What both a double and a real Kvrocks can be told. */
export interface KvrocksOptions {
  /** `cluster-enabled yes`. */
  readonly cluster?: boolean;
  /** `resp3-enabled`; default: no, as in the recordings. */
  readonly resp3?: boolean;
  /** The administrator's password; without it there are no namespaces. */
  readonly requirepass?: string;
  /** What it says to its master. Default: `requirepass`. */
  readonly masterauth?: string;
  /** `repl-namespace-enabled`; default: no. */
  readonly replNamespaces?: boolean;
}

export interface KvrocksDoubleOptions extends KvrocksOptions {
  /** Default: one that has `CLIENT PAUSE`. */
  readonly version?: string;
  readonly hasPause?: boolean;
  /** By how much a tick of the replication thread misses its time, either way, ms; 3 were measured. Default: 0. */
  readonly tickJitterMs?: number;
  /** How long the data of a full synchronisation is being put in place, ms. Default: as recorded with little data. */
  readonly restoreMs?: number;
}

/** The settings of `kvrocks.conf` that follow from the options. */
export function settingsOf({ requirepass = '', ...options }: KvrocksOptions): Map<string, string> {
  return new Map([
    ['slave-priority', '100'],
    ['slave-read-only', 'yes'],
    ['requirepass', requirepass],
    ['masterauth', options.masterauth ?? requirepass],
    ['resp3-enabled', yesOrNo(options.resp3)],
    ['cluster-enabled', yesOrNo(options.cluster)],
    ['repl-namespace-enabled', yesOrNo(options.replNamespaces)],
  ]);
}

function yesOrNo(is: boolean | undefined): string {
  return is === true ? 'yes' : 'no';
}
