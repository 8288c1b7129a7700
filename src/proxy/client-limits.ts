/** Unparsed bytes of a waiting client; when there are more its socket is not read (back-pressure). */
export const MAX_WAITING_BYTES = 64 * 1024;
/** A client that does not read its replies is not parsed beyond this many unsent bytes … */
export const OUTPUT_HIGH_BYTES = 1024 * 1024;
/** … and is closed when what it had asked for already grows beyond this, so that it costs nobody else memory. */
export const OUTPUT_MAX_BYTES = 256 * 1024 * 1024;
/** How long a connection that was ended here may stay half open. */
export const LINGER_MS = 2000;
/** How long a client that has said all it will say is given its replies; most that end so are gone altogether. */
export const HALF_CLOSED_MS = 60_000;
/** A large reply is not read from the server while more than this of it is unsent; enough to keep a fast network busy. */
export const STREAM_HIGH_BYTES = 4 * 1024 * 1024;
