/**
 * Every way a switchover can end other than well. The key is at once the metric label, the log field, the word in
 * STATUS and HISTORY and the first word after `-REFUSED` / `-ABORTED`; the text is what the documentation says of it.
 * A test keeps this table and the README equal.
 */
export const REFUSAL_REASONS = {
  'in-progress': 'another switchover is running',
  'shutting-down': 'Holdfast is shutting down',
  'no-master': 'the shard has no master that answers; if it is dead, SWITCHOVER UNPLANNED promotes a replica',
  'two-masters': 'more than one node says it is a master',
  'unknown-node': 'the node named in TO is not one of the configured nodes',
  'already-master': 'the node named in TO is the master already',
  'no-candidate': 'no replica can take over; the sentence says why for each',
  'node-down': 'the candidate does not answer',
  'not-a-replica': 'the candidate is not a replica of the master',
  'link-down': "the candidate's replication link is down",
  syncing: 'the candidate is in a full synchronisation',
  loading: 'the candidate is loading its data set',
  'priority-zero': 'the candidate has replica-priority 0: it must not be promoted',
  'namespaces-differ': 'the candidate has other namespaces or tokens (Kvrocks): it would refuse clients',
  lagging: 'the candidate is too far behind to catch up within sync_timeout_ms',
  'wrong-credentials': "a node does not accept Holdfast's credentials",
  'missing-rights': "Holdfast's user on a node may not do what a switch needs; docs/operations.md has the rule",
  'pause-unsupported': 'the master has no CLIENT PAUSE and require_pause is true',
  'pause-too-short': 'pause_timeout_ms does not outlast sync_timeout_ms + promote_timeout_ms',
  'managed-elsewhere': 'a Sentinel or a cluster owns the roles of this shard',
  'wrong-topology': 'the nodes are not what `topology` says they are',
  'owner-unreachable': 'whoever owns the roles of this shard (Sentinels, controller) does not answer',
  'owner-disagrees': 'whoever owns the roles of this shard names another master than the nodes do',
  'owner-refuses': 'whoever owns the roles of this shard can not change them now; the sentence says why',
  'not-arranged': 'the promotion could not be arranged with whoever owns the roles',
  'master-answers': 'the master answers: SWITCHOVER moves it without a loss, UNPLANNED is for dead ones',
  'master-heard':
    'a replica has heard from the master since it fell silent here: it may be this Holdfast that is cut off',
  'another-master': 'the master does not answer, but another node is a master already',
  'cut-off': 'nothing can be said of the master, since this Holdfast itself may be cut off',
  'not-settled': 'the previous switchover has not settled yet',
  'prepare-failed': 'the connections that the clients need could not be opened on the candidate',
  'preflight-timeout': 'preflight took longer than preflight_timeout_ms',
  'internal-error': 'a defect in Holdfast was met earlier, and no switchover is begun any more until it is restarted',
  'state-not-writable': 'the intent could not be written to the state directory',
} as const satisfies Record<string, string>;

export const ABORT_REASONS = {
  'drain-timeout': 'writes in flight were not answered within sync_timeout_ms',
  'fence-failed': 'the old master refused CLIENT PAUSE or did not answer it in time',
  'catchup-timeout': 'the candidate did not reach the offset within sync_timeout_ms',
  'candidate-lost': 'the candidate stopped answering before the promotion',
  'old-master-lost': 'the old master stopped answering before the promotion',
  'pause-too-short': 'the pause of the old master would have ended before the promotion, and could not be extended',
  'promotion-refused': 'the candidate refused the promotion',
  'promotion-did-not-happen': 'the answer to the promotion was lost, and the roles show that it did not run',
  'master-is-back': 'the master that was taken for dead answered before the promotion was sent',
  'state-not-written': 'the intent could not be written to the state directory in time',
  'stopped-by-operator': 'FAILOVER ABORT',
  'shutting-down': 'Holdfast was told to shut down',
  'holdfast-ended': 'Holdfast ended in the middle of it; the promotion had not run, and the next start undid the rest',
  'internal-error': 'a defect in Holdfast; the log has the details',
} as const satisfies Record<string, string>;

/** Ends of a switchover whose promotion is neither proven nor disproven. */
export const UNRESOLVED_REASONS = {
  'roles-unknown': 'the answer to the promotion was lost and the roles could not be read in time',
  'two-masters': 'the candidate says that it is a master, but with less data than it had when it was promoted',
  'no-master': 'neither node says that it is a master',
  'moved-elsewhere': 'Holdfast ended in the middle of it, and somebody else has made a third node the master',
  'internal-error': 'a defect in Holdfast during or after the promotion; the log has the details',
} as const satisfies Record<string, string>;

export type RefusalReason = keyof typeof REFUSAL_REASONS;
export type AbortReason = keyof typeof ABORT_REASONS;
export type UnresolvedReason = keyof typeof UNRESOLVED_REASONS;
