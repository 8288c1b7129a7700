/** A difference that is known and is to stay, or to go later. The sequence ends where it is met: the sides part ways there. */
interface Known {
  readonly what: string;
  readonly direct: RegExp;
  readonly behind: RegExp;
}

export const KNOWN: readonly Known[] = [
  {
    what: 'what EXEC would do to a connection that is not the client’s own: subscriptions, CLIENT REPLY, TRACKING, UNBLOCK inside MULTI',
    direct: /^"(\+QUEUED|-)/,
    behind: /does not serve this command inside MULTI/,
  },
  {
    what: 'a client that is blocked, has sent more than 64 KB behind its call and goes: its socket is not read, so nobody notices',
    direct: /^$/,
    behind: /^a client that is gone waits for blocked after \w+ with \d{5,} bytes$/,
  },
  {
    what: 'a blocked call whose key has become of another type in the meantime is told so when it is sent again after a move',
    direct: /^\(nothing\)$/,
    behind: /^"-WRONGTYPE /,
  },
  {
    what: 'a subscriber with CLIENT REPLY OFF: the mark of its last message is not answered, so the old connection ends a second later',
    direct: /^$/,
    behind: / sub=1 .* cmd=ping /,
  },
];
