import t from 'tap';
import { readFileSync } from 'node:fs';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { startSentinelStage } from './support/sentinel-stage.js';

/** The rights on the Sentinels that the documentation names. */
function documentedRights(): string {
  const page = readFileSync('docs/environments/sentinel.md', 'utf8').replaceAll('\n', ' ');
  const found = /a user of its own needs `(\+auth[^`]*)` and `&\*`/.exec(page)?.[1];
  if (found === undefined) throw new Error('the page does not name the rights');
  return found;
}

void t.test('a user of the Sentinels that has what the documentation names', { skip: NO_SENTINEL }, async (t) => {
  const { sentinels, candidate, client, switchover } = await startSentinelStage(t, {
    sentinel: { users: [`holdfast on >secret -@all ${documentedRights()} &*`] },
    flags: ['--sentinel-username=holdfast', '--sentinel-password=secret'],
  });
  t.equal(await switchover(), '');
  t.match(await client.call('INCR', 'after'), /^:1/);
  await sentinels.agreeOn(candidate, 1);
  for (const sentinel of sentinels.servers) t.same(await sentinel.send('ACL', 'LOG'), [], 'nothing was denied');
});
