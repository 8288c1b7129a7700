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
    what: 'a blocked call whose key has become of another type in the meantime is told so when it is sent again after a move',
    direct: /^\(nothing\)$/,
    behind: /^"-WRONGTYPE /,
  },
];
