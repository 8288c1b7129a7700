import type { Test } from 'tap';
import { DEFAULT_ADMIN_LIMITS, type AdminLimits } from '../../../src/admin/admin-limits.js';
import type { ConfigView } from '../../../src/admin/config-view.js';
import { startAdminServer } from '../../../src/admin/resp-server.js';
import { RawClient } from '../../support/raw-client.js';
import { fakePorts, type FakeShard } from './fake-ports.js';
import { RecordingLog } from './recording-log.js';

/** An admin port over fake ports, closed when the test ends. */
export interface TestPort {
  readonly port: number;
  readonly shard: FakeShard;
  readonly log: RecordingLog;
  /** A connection that sends what it is told. */
  connect(): Promise<RawClient>;
  close(): Promise<void>;
}

export interface TestPortOptions {
  readonly password?: string;
  readonly limits?: Partial<AdminLimits>;
  readonly config?: ConfigView;
}

export async function startTestPort(t: Test, options: TestPortOptions = {}): Promise<TestPort> {
  const { ports, shard } = fakePorts();
  const log = new RecordingLog();
  const server = await startAdminServer({
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    ...(options.password === undefined ? {} : { password: options.password }),
    ports,
    configView: options.config ?? {},
    log,
    build: { version: '1.2.3', commit: 'abc' },
    limits: { ...DEFAULT_ADMIN_LIMITS, ...options.limits },
  });
  const port = Number(server.address.split(':').at(-1));
  t.teardown(() => server.close());
  return {
    port,
    shard,
    log,
    async connect() {
      const client = await RawClient.connect({ host: '127.0.0.1', port });
      t.teardown(() => client.close());
      return client;
    },
    close: () => server.close(),
  };
}
