import * as z from 'zod';
import type { Intent } from '../switchover/intent.js';
import type { SwitchoverReport, SwitchState } from '../switchover/ports.js';

const micros = z.number().nonnegative();

const report: z.ZodType<SwitchoverReport> = z.object({
  id: z.string(),
  kind: z.enum(['failover', 'rejoin']).optional(),
  outcome: z.enum(['switched', 'would-switch', 'refused', 'aborted', 'unresolved']),
  reason: z.string(),
  sentence: z.string(),
  oldMaster: z.string().nullable(),
  newMaster: z.string().nullable(),
  epoch: z.number().int(),
  stallUs: micros,
  predictedStallUs: micros,
  drainUs: micros,
  fenceUs: micros,
  catchupUs: micros,
  promoteUs: micros,
  redirectUs: micros,
  offset: z.number(),
  offsetGap: z.number(),
  heldClients: z.number().int(),
  heldCommands: z.number().int(),
  resync: z.record(z.string(), z.enum(['partial', 'full', 'pending'])),
  settled: z.boolean(),
  timed: z.boolean().default(false),
  notes: z.array(z.string()).default([]),
  startedAt: z.string(),
});

const intent: z.ZodType<Intent> = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  startedAt: z.string(),
  connection: z.object({ id: z.string(), addr: z.string() }).optional(),
  had: z.object({ offset: z.number(), replId: z.string().optional() }).optional(),
  unplanned: z.literal(true).optional(),
  rejoin: z.literal(true).optional(),
  former: z.array(z.string()).optional(),
  unfinished: z.lazy(() => intent).optional(),
});

/** Version 1 of the state file. What a later version of Holdfast adds to it is kept out, not refused. */
export const switchStateSchema: z.ZodType<SwitchState> = z.object({
  version: z.literal(1),
  epoch: z.number().int().nonnegative(),
  master: z.string().nullable(),
  intent: intent.nullable(),
  history: z.array(report),
});
