/** What a client waits for; while it waits, nothing it sends is parsed. */
export type Waiting = 'nothing' | 'held' | 'replies' | 'upstream' | 'blocked' | 'errand' | 'output';

/** Unparsed bytes of a waiting client; when there are more its socket is not read (back-pressure). */
const MAX_WAITING_BYTES = 64 * 1024;
/**
 * The same for a client that waits in a blocking call, perhaps for ever: only who reads its socket sees that it is gone,
 * and then the call must not take an element any more. More than applications send behind such a call; a server reads
 * `client-query-buffer-limit` (1 GB).
 */
const MAX_WAITING_BYTES_BLOCKED = 16 * 1024 * 1024;
/** A client's replies are not read from the server while more than this is unsent; enough to keep a fast network busy. */
export const STREAM_HIGH_BYTES = 2 * 1024 * 1024;
/**
 * A client that does not read its replies is not parsed beyond this many unsent bytes. More than {@link STREAM_HIGH_BYTES}:
 * a client that writes a whole pipeline before it reads (redis-py does) would wait for ever; the server, which keeps its
 * replies, is the one to bound it.
 */
export const OUTPUT_HIGH_BYTES = 8 * 1024 * 1024;
/**
 * A pipeline with more unanswered requests than this goes on over a private link: on a lane, everybody else's next request
 * would stand behind all of it, where the server itself takes clients in turns. Common batches are smaller.
 */
export const MAX_LANE_DEPTH = 256;
/** So many requests go over a private link after a deep pipeline or a reply that held up a lane: they seldom come alone. */
export const OWN_LINK_REQUESTS = 1000;
/** How long a connection that was ended here may stay half open. */
export const LINGER_MS = 2000;
/** How long a client that has said all it will say is given its replies; most that end so are gone altogether. */
export const HALF_CLOSED_MS = 60_000;

/** Unparsed bytes that a client may have while it waits like this. */
export function waitingBytes(waiting: Waiting): number {
  return waiting === 'blocked' ? MAX_WAITING_BYTES_BLOCKED : MAX_WAITING_BYTES;
}
