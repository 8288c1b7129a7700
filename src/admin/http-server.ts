import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ListenAddress } from '../config/listen-address.js';
import type { Logger } from '../log/logger.js';
import { superviseTlsServer, tlsServerOptions, type SupervisedTls } from '../tls/tls-server.js';
import { type HttpAnswer, type HttpContext, HTTP_ROUTES } from './http-routes.js';
import { listen } from './listen.js';
import type { RunningServer } from './running-server.js';

/** What {@link startHttpServer} needs. */
export interface HttpServerOptions extends HttpContext {
  readonly listen: ListenAddress;
  /** Wanted by a `tls://` address. */
  readonly tls?: SupervisedTls;
  readonly log: Logger;
}

/** What the HTTP port bears. Every request is a small GET: whoever needs longer or more is not one of ours. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  // Longer than a scrape interval would keep idle connections for nothing; Prometheus dials again without harm.
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8 * 1024,
  // Node looks for expired connections this often; its default (30 s) would make the timeouts above meaningless.
  connectionsCheckingInterval: 1_000,
} as const;

/** Prometheus, two probes, and a few browsers. */
const MAX_CONNECTIONS = 128;

const TEXT = 'text/plain; charset=utf-8';

/**
 * Starts the HTTP port: metrics, health, readiness and the status page; nothing here changes anything.
 * Rejects with the system's error when it can not listen.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const server = makeServer(options.tls, (request, response) => {
    void respond(request, response, options);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const address = await listen(server, options.listen);
  options.log.info({ address }, 'the HTTP port listens');
  return { address, close: () => close(server) };
}

function makeServer(tls: SupervisedTls | undefined, answer: RequestListener): Server {
  if (tls === undefined) return createServer(LIMITS, answer);
  const server = createTlsServer({ ...LIMITS, ...tlsServerOptions(tls) });
  superviseTlsServer(server, tls, tls.onRefused);
  return server.on('request', answer);
}

async function respond(request: IncomingMessage, response: ServerResponse, options: HttpServerOptions): Promise<void> {
  // A body is of no use to any page; what is not read must not stay in the way of the next request.
  request.resume();
  const answer = await answerTo(request, options);
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...answer.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerTo(request: IncomingMessage, options: HttpServerOptions): Promise<HttpAnswer> {
  const path = (request.url ?? '/').replace(/[?#].*$/, '');
  const route = HTTP_ROUTES.get(path);
  if (route === undefined) {
    return { status: 404, contentType: TEXT, body: `not found; there is ${[...HTTP_ROUTES.keys()].join(' ')}\n` };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, contentType: TEXT, body: 'only GET and HEAD\n', headers: { Allow: 'GET, HEAD' } };
  }
  try {
    return await route(options);
  } catch (failure) {
    options.log.error({ err: failure, path }, 'a page failed because of a defect');
    return { status: 500, contentType: TEXT, body: 'internal error; the log of Holdfast has the details\n' };
  }
}

async function close(server: Server): Promise<void> {
  const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
  // A scrape takes a millisecond; what still stands after the listener is closed is idle or stuck.
  server.closeAllConnections();
  await stopped;
}
