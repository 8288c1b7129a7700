import type { Operation } from '../operation.js';
import type { Model } from './model.js';

const ABSENT = 'null';

/** GET, SET, SET NX, GETSET and compare-and-swap on one key. */
export const REGISTER: Model = {
  initial: ABSENT,
  apply(state, operation) {
    const { kind, outcome } = operation;
    const answer = outcome.type === 'ok' ? outcome.value : undefined;
    if (kind === 'read') return answer === undefined || JSON.stringify(answer) === state ? state : undefined;
    if (kind === 'write') return JSON.stringify(operation.argument.value);
    if (kind === 'swap') {
      const fits = answer === undefined || JSON.stringify(answer) === state;
      return fits ? JSON.stringify(operation.argument.value) : undefined;
    }
    if (kind === 'write-if-absent') {
      const sets = state === ABSENT;
      if (answer !== undefined && answer !== sets) return undefined;
      return sets ? JSON.stringify(operation.argument.value) : state;
    }
    if (kind === 'compare-and-swap') {
      const sets = JSON.stringify(operation.argument.expected) === state;
      // EXEC may answer null without a reason that can be seen here.
      if (answer === false) return state;
      if (answer === true && !sets) return undefined;
      return sets ? JSON.stringify(operation.argument.value) : state;
    }
    throw unfit(operation);
  },
};

/** INCR and GET. */
export const COUNTER: Model = {
  initial: '0',
  apply(state, operation) {
    const { kind, outcome } = operation;
    const after = kind === 'increment' ? Number(state) + 1 : Number(state);
    if (kind !== 'increment' && kind !== 'count') throw unfit(operation);
    return outcome.type === 'ok' && outcome.value !== after ? undefined : String(after);
  },
};

/** RPUSH and LRANGE. */
export const LIST: Model = {
  initial: '[]',
  apply(state, operation) {
    const { outcome } = operation;
    if (operation.kind === 'range') {
      return outcome.type === 'ok' && JSON.stringify(outcome.value) !== state ? undefined : state;
    }
    if (operation.kind !== 'append') throw unfit(operation);
    const after = [...elementsOf(state), operation.argument.element];
    return outcome.type === 'ok' && outcome.value !== after.length ? undefined : JSON.stringify(after);
  },
};

/** RPUSH, LPOP and LRANGE. The length that RPUSH answers is not looked at: a blocked client may have taken the element by then. */
export const QUEUE: Model = {
  initial: '[]',
  apply(state, operation) {
    const { outcome } = operation;
    if (operation.kind === 'remaining') {
      return outcome.type === 'ok' && JSON.stringify(outcome.value) !== state ? undefined : state;
    }
    if (operation.kind === 'push') return JSON.stringify([...elementsOf(state), operation.argument.element]);
    if (operation.kind !== 'pop' && operation.kind !== 'move') throw unfit(operation);
    const [first = null, ...rest] = elementsOf(state);
    return outcome.type === 'ok' && outcome.value !== first ? undefined : JSON.stringify(rest);
  },
};

function elementsOf(state: string): readonly string[] {
  return JSON.parse(state) as readonly string[];
}

function unfit({ kind, key }: Operation): Error {
  return new Error(`${kind} of ${key} means nothing to this model`);
}
