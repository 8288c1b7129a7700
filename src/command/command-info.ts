/** How a command travels. */
export const Route = {
  /** Over the shared lane of the client's identity: needs and leaves no state on the connection. */
  Lane: 0,
  /** Binds the client to another identity (AUTH, HELLO, SELECT) or to none (RESET, QUIT). */
  Identity: 1,
  /** Needs a connection of the client's own: it leaves state there, or blocks it. */
  Private: 2,
  /** Answered by the proxy, after the server has judged it where it can. */
  Here: 3,
  /** Refused: it would change roles behind the proxy's back. */
  Refused: 4,
  /** A word of HTTP: somebody made a browser speak to this port. The connection ends without an answer, as Redis ends it. */
  CrossProtocol: 5,
  /** Stateless like a lane command, but the text of its script must be known on the next master too. */
  Script: 6,
  /** Over the lane; what it changes (ACL SETUSER, CONFIG SET requirepass …) may decide who is let in without a password. */
  Access: 7,
  /** Over the lane, and undone right behind it: a mode that says nothing to a master, and must not stay for others (READONLY). */
  Undone: 8,
  /** No command: stands in what a client says for one that was sent, and of which nobody knows whether it has run. */
  Unanswered: 9,
} as const;
export type Route = (typeof Route)[keyof typeof Route];

/** What a command does to the connection it runs on; decides when a private link is needed and when it ends. */
export const Effect = {
  None: 0,
  Multi: 1,
  Exec: 2,
  Discard: 3,
  Watch: 4,
  Unwatch: 5,
  /** May wait in the server: BLPOP, XREAD … BLOCK, WAIT. */
  Blocking: 6,
  Subscribe: 7,
  Unsubscribe: 8,
  Monitor: 9,
  Tracking: 10,
  Reply: 11,
  Caching: 12,
  /** A mode of the connection: CLIENT NO-EVICT, CLIENT NO-TOUCH, READONLY, READWRITE, ASKING. */
  Mode: 13,
  /** Makes the connection a debugger's: the next script on it answers with steps, and the server closes it at the end. */
  Debug: 14,
  /** Tells of the connection's tracking: CLIENT TRACKINGINFO, CLIENT GETREDIR. */
  TrackingQuery: 15,
} as const;
export type Effect = (typeof Effect)[keyof typeof Effect];

/** One command or subcommand. */
export interface CommandInfo {
  /** Lower case; subcommands as `client|list`. */
  readonly name: string;
  /** The gate holds it: the server's `write` flag, what may replicate, EXEC, and whatever is unknown. */
  readonly write: boolean;
  /** Can be sent again although it may have run: it changes nothing (the server's `readonly` flag, and a few that have none). */
  readonly repeatable: boolean;
  readonly route: Route;
  readonly effect: Effect;
  /** By lower-case name, for container commands. */
  readonly subcommands: ReadonlyMap<string, CommandInfo> | null;
}

/** The name under which {@link Route.Unanswered} is found. No server has such a command, and clients gain nothing by saying it. */
export const UNANSWERED = 'holdfast:unanswered';
