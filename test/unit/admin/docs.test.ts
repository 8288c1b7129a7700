import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { GENERATED_DOCS, refreshDocs } from '../../../src/admin/docs.js';

const README = 'README.md';

/** The formatter pads columns; what counts is what the cells say. */
function squeeze(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').trim();
}

await t.test('the tables of the README are those of the code', async (t) => {
  const readme = existsSync(README) ? readFileSync(README, 'utf8') : '';
  for (const [mark, render] of Object.entries(GENERATED_DOCS)) {
    const found = new RegExp(`<!-- ${mark} -->([^]*?)<!-- /${mark} -->`).exec(readme);
    if (found === null) t.pass(mark, { skip: `${README} has no marks for ${mark}` });
    else t.equal(squeeze(found[1] ?? ''), squeeze(render()), mark);
  }
});

await t.test('a generated table replaces the old one between its marks and nothing else', async (t) => {
  const before = 'a\n<!-- reasons -->\nSTALE\n<!-- /reasons -->\nb\n<!-- metrics --><!-- /metrics -->\nc\n';
  const after = refreshDocs(before);
  t.match(after, /^a\n<!-- reasons -->\n\n\| Answer [^]*\n\n<!-- \/reasons -->\nb\n<!-- metrics -->\n\n\| Metric/);
  t.match(after, /<!-- \/metrics -->\nc\n$/);
  t.notMatch(after, 'STALE');
  t.equal(refreshDocs(after), after, 'a second time changes nothing');
  t.equal(refreshDocs('nothing to do'), 'nothing to do');
});

await t.test('what stands in the tables of the code stands in those of the documentation', async (t) => {
  t.match(GENERATED_DOCS['metrics']?.(), '`holdfast_switchovers_total`');
  t.match(GENERATED_DOCS['reasons']?.(), /\| `ABORTED` +\| `drain-timeout`/);
  t.match(GENERATED_DOCS['reasons']?.(), /\| `INPROGRESS` +\| `in-progress`/);
  t.match(GENERATED_DOCS['client-errors']?.(), /\| `outcome-unknown` +\| `-OUTCOMEUNKNOWN /);
  t.match(GENERATED_DOCS['admin-commands']?.(), '`SWITCHOVER [TO host port] [DRYRUN]');
});
