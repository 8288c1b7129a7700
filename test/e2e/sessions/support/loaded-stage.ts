import type { Test } from 'tap';
import { encodeCommand, type RawClient } from '../../../support/raw-client.js';
import { startStage, type Stage, type StageOptions } from '../../../support/stage.js';
import { WriteLoad } from '../../../support/write-load.js';

/** A stage with a connection that writes all the time. */
export interface LoadedStage {
  readonly stage: Stage;
  /** Settles when the load has been answered some more writes. */
  readonly written: () => Promise<void>;
  /** Opens connections that end with the test. */
  readonly connect: (count: number) => Promise<RawClient[]>;
}

export async function startLoadedStage(t: Test, options: StageOptions = {}): Promise<LoadedStage> {
  const stage = await startStage(t, { replicas: 1, ...options });
  const load = await WriteLoad.start({ host: '127.0.0.1', port: stage.holdfast.port }, 1);
  const connect = async (count: number): Promise<RawClient[]> => {
    const clients = await Promise.all(Array.from({ length: count }, () => stage.holdfast.client()));
    t.teardown(() => clients.forEach((client) => client.close()));
    return clients;
  };
  return { stage, written: () => load.acknowledged(10), connect };
}

/** Sends lines of words in one write. */
export function sendLines(client: RawClient, ...lines: readonly string[]): void {
  client.send(Buffer.concat(lines.map((line) => encodeCommand(...line.split(' ')))));
}
