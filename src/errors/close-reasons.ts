/**
 * Why Holdfast ended a client's connection although the client wanted to go on. The key is the metric label `reason` of
 * `holdfast_clients_closed_total` and the log field. A test keeps this table and the README equal.
 */
export const CLOSE_REASONS = {
  'user-gone': 'the server does not let its user in any more (deleted, switched off, another password)',
  'buffers-full':
    'all clients together kept more than `max_buffered_bytes` waiting, and it was one of those that kept the most',
  'unread-output':
    'it did not take its replies or messages, and more of them waited than Holdfast or the server lets one client have',
  'internal-error': 'a defect in Holdfast; the log has the details',
  idle: 'it said nothing for `client_idle_timeout_ms`',
  'protocol-error': 'what it sent is not the protocol (a word of HTTP, a length that makes no sense …)',
  'half-reply':
    'the connection to the server broke in the middle of a reply or message that the client had begun to get',
  'missed-messages': 'it may have missed messages of its subscriptions, and is to know',
  'state-lost':
    'the connection to the server that held its state (MULTI, a subscription, tracking …) broke, or could not be built up again',
  killed: '`CLIENT KILL`',
  'shutting-down': 'Holdfast stops',
} as const satisfies Record<string, string>;

export type CloseReason = keyof typeof CLOSE_REASONS;
