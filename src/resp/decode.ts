import Parser from 'redis-parser';

/**
 * The arguments of one whole request, as bytes. Cold path only: for the few commands whose arguments matter.
 *
 * @throws when `frame` is not one whole multibulk request; the scanner has proven that it is.
 */
export function decodeRequest(frame: Buffer): Buffer[] {
  let decoded: unknown;
  const parser = new Parser({
    returnBuffers: true,
    returnReply: (value: unknown) => {
      decoded = value;
    },
    returnError: (error: Error) => {
      throw error;
    },
  });
  parser.execute(frame);
  if (!Array.isArray(decoded)) throw new TypeError('not one whole request');
  return decoded.map((argument: unknown) => {
    if (!Buffer.isBuffer(argument)) throw new TypeError('a request holds bulks only');
    return argument;
  });
}

/**
 * A reply of a server, decoded (RESP2): strings as text, errors as `Error`, arrays nested. For replies that Holdfast
 * itself asked for; `null` when the bytes hold no whole reply.
 */
export function decodeReply(frame: Buffer): unknown {
  let decoded: unknown = null;
  const parser = new Parser({
    returnBuffers: false,
    returnReply: (value: unknown) => {
      decoded = value;
    },
    returnError: (error: Error) => {
      decoded = error;
    },
  });
  parser.execute(frame);
  return decoded;
}
