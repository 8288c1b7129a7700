import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as requestSecurely } from 'node:https';
import { TLSSocket } from 'node:tls';

/** An answer over HTTP, whatever its status. */
export interface Answer {
  readonly status: number;
  /** Of a redirection, else empty. */
  readonly location: string;
  readonly body: string;
}

/** What is asked. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Covers dialling, asking and the whole answer. */
  readonly timeoutMs: number;
}

/**
 * How a question failed:
 * - `unsent`: there was no connection to write it to, so nobody has read it;
 * - `unknown`: it was written, and no whole answer came. It may have been heard.
 */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly kind: 'unsent' | 'unknown';
  /** The other side ended the connection: whoever read the question does not act on it any more. */
  readonly isOver: boolean;

  constructor(kind: ExchangeError['kind'], isOver: boolean, message: string) {
    super(message);
    this.kind = kind;
    this.isOver = isOver;
  }
}

/** The topology of a thousand nodes takes a few hundred KB; what is longer is no answer of a controller. */
const BODY_MAX_BYTES = 8 * 1024 * 1024;

/** A question now and then: one connection that is kept, and one beside it. */
const AGENT_OPTIONS = { keepAlive: true, maxSockets: 8, maxFreeSockets: 2 };

/** The connections that are kept between questions. */
export class Connections {
  readonly #plain = new Agent(AGENT_OPTIONS);
  readonly #secure = new SecureAgent(AGENT_OPTIONS);

  /**
   * Asks once; nothing is sent a second time and no redirection is followed.
   *
   * Not `fetch`: that does not say whether a question was written before it failed.
   */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { method, url, body } = question;
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = {
        accept: 'application/json',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
      };
      const asked =
        url.protocol === 'https:'
          ? requestSecurely(url, { method, headers, agent: this.#secure })
          : request(url, { method, headers, agent: this.#plain });
      // What is asked is written as soon as there is a connection to write it to.
      let kind: ExchangeError['kind'] = 'unsent';
      onConnected(asked, () => (kind = 'unknown'));
      const timer = setTimeout(() => {
        reject(new ExchangeError(kind, false, `no answer within ${question.timeoutMs} ms`));
        asked.destroy();
      }, question.timeoutMs);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(new ExchangeError(kind, wasEnded(error), wordsOf(error)));
      };
      asked.once('error', fail);
      asked.once('response', (response) => {
        readAnswer(response).then((answer) => {
          clearTimeout(timer);
          resolve(answer);
        }, fail);
      });
      asked.end(text);
    });
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}

/** Calls back in the moment before the first byte can leave. */
function onConnected(asked: ClientRequest, connected: () => void): void {
  asked.once('socket', (socket) => {
    if (asked.reusedSocket) connected();
    else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', connected);
  });
}

/** A way that broke is something else: the other side may not know of it. */
function wasEnded(error: Error): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['ECONNRESET', 'EPIPE'].includes(code);
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > BODY_MAX_BYTES) throw new Error(`an answer of more than ${BODY_MAX_BYTES} bytes`);
    chunks.push(bytes);
  }
  return {
    status: response.statusCode ?? 0,
    location: response.headers.location ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function wordsOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  // One attempt for each address of a name: then the first says as much as all.
  const [first] = error instanceof AggregateError ? (error.errors as readonly Error[]) : [];
  if (first !== undefined) return first.message;
  return error.message === '' ? (code ?? 'the connection failed') : error.message;
}
