/**
 * What AUTH is refused with: Redis ≥ 6, and Kvrocks. Not just any error: a server that is full answers the first request,
 * whatever it is, with its own.
 */
const USER_REFUSED = /^-(WRONGPASS|NOAUTH|ERR invalid (username-)?password|ERR AUTH |ERR Client sent AUTH)/i;

/** Why an upstream could not be opened, with the server's reply where it gave one. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** The error reply that refused the handshake, CR LF included; null when the connection itself failed. */
  readonly reply: Buffer | null;
  /** The server does not let this user in: not with this password, or not at all. */
  readonly userRefused: boolean;
  /** It does not speak the RESP version of this session. */
  readonly versionRefused: boolean;

  constructor(message: string, reply: Buffer | null) {
    super(message);
    this.reply = reply;
    const words = reply?.toString('latin1') ?? '';
    this.userRefused = USER_REFUSED.test(words);
    this.versionRefused = words.startsWith('-NOPROTO ');
  }
}
