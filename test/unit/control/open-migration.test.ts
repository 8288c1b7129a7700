import t from 'tap';
import { hasOpenMigration } from '../../../src/control/kvrocks-cluster/open-migration.js';

const HEAD = 'cluster_state:ok\r\ncluster_current_epoch:4\r\ncluster_my_epoch:4\r\n';
const OWN = ['0-99', '200'];

const leaving = (slots: string, state: string): string =>
  `${HEAD}migrating_slot(s): ${slots}\r\ndestination_node: ${'b'.repeat(40)}\r\nmigrating_state: ${state}\r\n`;
const coming = (slots: string, state: string): string =>
  `${HEAD}importing_slot(s): ${slots}\r\nimport_state: ${state}\r\n`;

const CASES: readonly (readonly [what: string, info: string, isOpen: boolean])[] = [
  ['nothing was ever moved', HEAD, false],
  ['slots are leaving', leaving('10-20', 'start'), true],
  ['they have left, and the topology still says that they are here', leaving('10-20', 'success'), true],
  ['they have left, and the topology says so', leaving('300-310', 'success'), false],
  ['that failed', leaving('10-20', 'fail'), false],
  ['none', leaving('-1', 'none'), false],
  ['slots are coming', coming('300', 'start'), true],
  ['they have come, and the topology does not say so', coming('300', 'success'), true],
  ['they have come, and the topology says so', coming('200', 'success'), false],
  ['that failed too', coming('300', 'error'), false],
  ['as an older Kvrocks says it', `${HEAD}migrating_slot: 10\r\nmigrating_state: success\r\n`, true],
];

for (const [what, info, isOpen] of CASES) {
  t.equal(hasOpenMigration(info, OWN), isOpen, what);
}
