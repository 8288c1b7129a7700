import t from 'tap';
import { CLIENT_ERRORS, type ClientErrorCode } from '../../../src/errors/error-table.js';
import { meaningOf, type Meaning } from '../../workload/outcomes.js';

/** What a client may conclude from each error of Holdfast; the workload does nothing that would bring the last three. */
const MEANINGS: Readonly<Record<ClientErrorCode, Meaning>> = {
  'outcome-unknown': 'unknown',
  'half-sent': 'refused',
  'no-master': 'refused',
  'upstream-failed': 'refused',
  'max-clients': 'refused',
  'shutting-down': 'refused',
  'role-command': 'unclean',
  'not-in-multi': 'unclean',
  'protocol-error': 'unclean',
};

await t.test('every error of Holdfast says whether the command ran', async (t) => {
  for (const [code, meaning] of Object.entries(MEANINGS)) {
    t.equal(meaningOf(CLIENT_ERRORS[code as ClientErrorCode]), meaning, code);
  }
});

await t.test('and so do the errors that servers give when roles change', async (t) => {
  for (const error of [
    "READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    'EXECABORT Transaction discarded because of previous errors.',
  ]) {
    t.equal(meaningOf(error), 'refused', error);
  }
  t.equal(meaningOf('ERR unknown command'), 'unclean');
});
