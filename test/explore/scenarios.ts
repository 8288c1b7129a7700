import { SETTINGS, type Scenario } from './laws.js';
import { TROUBLES } from './world.js';

const PLAIN: Scenario = {
  name: 'plain',
  about: 'Redis or Valkey, and a client that writes to the old master past the proxy',
  settings: SETTINGS,
  traits: { topology: 'direct', cutsConnections: false, arrangeTimeoutMs: 0 },
  canPause: true,
  arrangement: null,
  mayPromoteInstead: null,
  bypass: true,
  pings: false,
  begins: 'request',
  troubles: TROUBLES.filter((trouble) => trouble !== 'failover request'),
};

export const SCENARIOS: readonly Scenario[] = [
  PLAIN,
  {
    ...PLAIN,
    name: 'pings',
    about: 'replication pings move the offsets while the gate is shut',
    bypass: false,
    pings: true,
  },
  {
    ...PLAIN,
    name: 'no pause',
    about: 'servers without CLIENT PAUSE, and nobody who writes past the proxy',
    settings: { ...SETTINGS, requirePause: false },
    canPause: false,
    bypass: false,
  },
  {
    ...PLAIN,
    name: 'forced',
    about: 'the promotion is forced when the candidate does not catch up',
    settings: { ...SETTINGS, forceOnTimeout: true },
  },
  {
    ...PLAIN,
    name: 'beat',
    about: 'a candidate that can be promoted at certain moments only',
    traits: { ...PLAIN.traits, arrangeTimeoutMs: 50 },
    arrangement: 'beat',
  },
  {
    ...PLAIN,
    name: 'cutting',
    about: 'a promotion that cuts the connections to the candidate, by somebody who pauses too',
    traits: { topology: 'sentinel', cutsConnections: true, sharesPause: true, arrangeTimeoutMs: 50 },
    arrangement: 'nothing',
  },
  {
    ...PLAIN,
    name: 'instead',
    about: 'the owner of the roles may promote the other replica instead of the candidate',
    traits: { topology: 'sentinel', cutsConnections: true, sharesPause: true, arrangeTimeoutMs: 50 },
    arrangement: 'nothing',
    mayPromoteInstead: 'C',
    bypass: false,
  },
  {
    ...PLAIN,
    name: 'outage',
    about: 'the master falls silent, and its best replica is promoted',
    begins: 'outage',
    bypass: false,
    troubles: TROUBLES,
  },
  {
    ...PLAIN,
    name: 'return',
    about: 'a former master comes back as one, with writes of its own that are protected',
    settings: { ...SETTINGS, protectDiverged: true },
    begins: 'return',
  },
];

export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}
