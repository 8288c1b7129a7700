import { setTimeout as delay } from 'node:timers/promises';
import type { BuildInfo } from './build-info.js';
import type { MetricsCollector } from './metrics-collector.js';
import type { AdminPorts, TrafficView } from './ports.js';
import { readiness } from './readiness.js';
import { statusDocument } from './status-json.js';
import { STATUS_PAGE, STATUS_PAGE_POLICY } from './status-page.js';

/** What a page needs to know. */
export interface HttpContext {
  readonly ports: AdminPorts;
  readonly metrics: MetricsCollector;
  readonly build: BuildInfo;
  /** Whether the listener for applications is open. */
  readonly isListening: () => boolean;
}

/** What a page answers to GET. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';

/** A hold is over long before; a scrape that got no page at all would be a gap just where somebody wants to look. */
const HOLD_PATIENCE_MS = 1000;
const LOOK_AGAIN_MS = 10;

/** The pages by their paths. All of them only show. */
export const HTTP_ROUTES: ReadonlyMap<string, (context: HttpContext) => HttpAnswer | Promise<HttpAnswer>> = new Map<
  string,
  (context: HttpContext) => HttpAnswer | Promise<HttpAnswer>
>([
  ['/', statusPage],
  ['/status.json', statusJson],
  ['/metrics', metrics],
  ['/healthz', health],
  ['/readyz', ready],
]);

function statusPage(): HttpAnswer {
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: STATUS_PAGE,
    headers: { 'Content-Security-Policy': STATUS_PAGE_POLICY },
  };
}

async function statusJson({ ports, build, isListening }: HttpContext): Promise<HttpAnswer> {
  const body = `${JSON.stringify(await statusDocument(ports, build, isListening()), null, 2)}\n`;
  return { status: 200, contentType: 'application/json; charset=utf-8', body };
}

async function metrics(context: HttpContext): Promise<HttpAnswer> {
  await untilReleased(context.ports.traffic);
  return { status: 200, ...(await context.metrics.render()) };
}

// That this is answered is all there is to know: restarting the proxy would not bring a server back.
function health(): HttpAnswer {
  return { status: 200, contentType: TEXT, body: 'ok\n' };
}

function ready({ ports, isListening }: HttpContext): HttpAnswer {
  const found = readiness(ports, isListening());
  return found.ready
    ? { status: 200, contentType: TEXT, body: 'ready\n' }
    : { status: 503, contentType: TEXT, body: `not ready: ${found.reason}\n` };
}

/** To write all metrics takes the event loop about a millisecond, as long as a whole stall should be: not while writes are held. */
async function untilReleased(traffic: TrafficView): Promise<void> {
  for (let waitedMs = 0; waitedMs < HOLD_PATIENCE_MS; waitedMs += LOOK_AGAIN_MS) {
    if (!traffic.gateHolders().includes('switchover')) return;
    await delay(LOOK_AGAIN_MS);
  }
}
