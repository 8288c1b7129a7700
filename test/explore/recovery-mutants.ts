import { PRODUCT } from './laws.js';
import type { Mutant } from './mutants.js';

/** Bugs in what a start makes of an unfinished switchover. */
export const RECOVERY_MUTANTS: readonly Mutant[] = [
  {
    bug: 'a start goes back to the old master while an ended process may yet promote the candidate',
    breaks: 'unknown is not no',
    troubles: ['crash'],
    budget: 1,
    laws: {
      ...PRODUCT,
      planRecovery: (state, roles) => {
        const plan = PRODUCT.planRecovery(state, roles);
        return plan.type === 'recall' ? { type: 'undo', master: plan.intent.from, intent: plan.intent } : plan;
      },
    },
  },
  {
    bug: 'a start takes a candidate that is empty for promoted',
    breaks: 'nothing acknowledged is lost',
    troubles: ['crash', 'emptied B'],
    budget: 2,
    laws: {
      ...PRODUCT,
      planRecovery: (state, roles) => {
        const intent = state?.intent ?? null;
        const careless =
          state === null || intent === null ? state : { ...state, intent: { ...intent, had: undefined } };
        return PRODUCT.planRecovery(careless, roles);
      },
    },
  },
];
