/**
 * Every error that Holdfast itself gives to an application (what the servers say is passed on as it is). The key is the
 * metric label `code`; the text is the reply without the leading `-`. A test keeps this table and the README equal.
 */
export const CLIENT_ERRORS = {
  'outcome-unknown':
    'OUTCOMEUNKNOWN The link to the master broke before the reply came: the command may or may not have run',
  'half-sent':
    'TRYAGAIN Only a part of the request had come when the master moved or its link broke; the command did not run',
  'no-master': 'MASTERDOWN Holdfast knows no master for this shard at the moment; the command did not run',
  'upstream-failed': 'ERR Holdfast could not open a connection to the master; the command did not run',
  'role-command':
    'ERR this command changes roles behind the proxy and is not served here; use SWITCHOVER on the admin port of Holdfast',
  'not-in-multi': 'ERR Holdfast does not serve this command inside MULTI; the transaction will not run',
  'protocol-error': 'ERR Protocol error',
  'max-clients': 'ERR max number of clients reached',
  'shutting-down': 'ERR Holdfast is shutting down; the command did not run',
} as const satisfies Record<string, string>;

export type ClientErrorCode = keyof typeof CLIENT_ERRORS;
