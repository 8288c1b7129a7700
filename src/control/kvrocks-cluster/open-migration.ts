import { parseInfo, type InfoFields } from '../info-fields.js';

/**
 * Whether slots of a node are on their way, by its `CLUSTER INFO`: `migrating_slot(s): 0-100`, `migrating_state: start`, and the same for
 * what is imported (before ranges could be moved, `migrating_slot`). The fields stay when it is over.
 *
 * A migration that has succeeded is open until the topology says whose the slots are: until then the node only remembers that it has
 * given them away, or got them, and forgets that with the next `SETNODES`. (From the source of Kvrocks.)
 *
 * @param ownSlots of the node, by the topology.
 */
export function hasOpenMigration(clusterInfo: string, ownSlots: readonly string[]): boolean {
  const fields = parseInfo(clusterInfo);
  const [leaving, coming] = [slotsIn(fields, 'migrating_slot'), slotsIn(fields, 'importing_slot')];
  return (
    isOpen(fields.get('migrating_state'), leaving !== null && owns(ownSlots, leaving)) ||
    isOpen(fields.get('import_state'), coming !== null && !owns(ownSlots, coming))
  );
}

function isOpen(state: string | undefined, isUntold: boolean): boolean {
  const word = state?.trim();
  return word === 'start' || (word === 'success' && isUntold);
}

/** The first slot of the range; null: none is named. */
function slotsIn(fields: InfoFields, name: string): number | null {
  const range = (fields.get(`${name}(s)`) ?? fields.get(name) ?? '').trim();
  const first = /^\d+/.exec(range)?.[0];
  return first === undefined ? null : Number(first);
}

function owns(ownSlots: readonly string[], slot: number): boolean {
  return ownSlots.some((range) => {
    const [first = -1, last = first] = range.split('-').map(Number);
    return first <= slot && slot <= last;
  });
}
