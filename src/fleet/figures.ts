import type { TrafficCounters } from '../admin/ports.js';
import { CLOSE_REASONS } from '../errors/close-reasons.js';
import { CLIENT_ERRORS } from '../errors/error-table.js';
import type { MemberFigures } from './protocol.js';

/** Nothing has been counted yet. */
export const NO_FIGURES: MemberFigures = {
  counters: {
    commands: { read: 0, write: 0, local: 0, refused: 0 },
    held: { released: 0, failed: 0, waiting: 0, bytes: 0 },
    clients: { connected: 0, accepted: 0, held: 0 },
    upstreams: { lane: 0, private: 0 },
    workers: { serving: 0, ended: 0 },
    errors: zeros(CLIENT_ERRORS),
    closed: zeros(CLOSE_REASONS),
  },
  refused: [],
};

/** The figures of several members as those of one. */
export function sumOf(all: readonly MemberFigures[]): MemberFigures {
  return all.reduce(add, NO_FIGURES);
}

/** What stays of a member that is gone: what it has counted, not what it had. */
export function afterTheEnd({ counters, refused }: MemberFigures): MemberFigures {
  const { waiting, ...held } = counters.held;
  return {
    counters: {
      ...counters,
      // Who was held there was not served.
      held: { ...held, failed: held.failed + waiting, waiting: 0, bytes: 0 },
      clients: { ...counters.clients, connected: 0, held: 0 },
      upstreams: NO_FIGURES.counters.upstreams,
      workers: { serving: 0, ended: 1 },
    },
    refused,
  };
}

function add(one: MemberFigures, other: MemberFigures): MemberFigures {
  const [a, b]: readonly [TrafficCounters, TrafficCounters] = [one.counters, other.counters];
  return {
    counters: {
      commands: addEach(a.commands, b.commands),
      held: addEach(a.held, b.held),
      clients: addEach(a.clients, b.clients),
      upstreams: addEach(a.upstreams, b.upstreams),
      workers: addEach(a.workers, b.workers),
      errors: addEach(a.errors, b.errors),
      closed: addEach(a.closed, b.closed),
    },
    refused: addRefused(one.refused, other.refused),
  };
}

/** Connections that were refused, here and there. */
export function addRefused(one: MemberFigures['refused'], other: MemberFigures['refused']): MemberFigures['refused'] {
  if (one.length === 0) return other;
  const of = (listener: string, reason: string): number =>
    other.find((each) => each.listener === listener && each.reason === reason)?.count ?? 0;
  return one.map(({ listener, reason, count }) => ({ listener, reason, count: count + of(listener, reason) }));
}

function addEach<T extends Readonly<Record<string, number>>>(one: T, other: T): T {
  const sum = Object.entries(one).map(([key, count]) => [key, count + (other[key] ?? 0)] as const);
  return Object.fromEntries(sum) as T;
}

function zeros(table: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.keys(table).map((key) => [key, 0]));
}
