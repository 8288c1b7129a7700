import t from 'tap';
import { describeMachine } from '../../../bench/support/machine.js';
import { stallFiles } from '../../../bench/stall/stall-files.js';
import { stallSummary } from '../../../bench/stall/summary.js';
import { stallEntry, stallSample } from './stall-entries.js';

/** A hundred quiet milliseconds, a silence, and the rest. */
const picture = {
  acknowledgements: [...Array<number>(100).fill(10), 0, 0, 0, 90, ...Array<number>(97).fill(10)],
  from: 90,
  to: 200,
};

await t.test('a run leaves figures, a document and charts', async (t) => {
  const files = stallFiles(
    [
      stallEntry('holdfast', [stallSample({ picture }), stallSample({})]),
      stallEntry('sentinel-failover', [stallSample({ picture, detail: null })], { errorTexts: ['READONLY no'] }),
    ],
    describeMachine([]),
  );
  t.same([...files.keys()].sort(), ['README.md', 'figures.json', 'timeline-close.svg', 'timeline.svg', 'waits.svg']);
  const json = JSON.parse(files.get('figures.json') ?? '') as {
    readonly entries: readonly { readonly samples: unknown }[];
  };
  t.equal(json.entries.length, 2);
  t.match(files.get('README.md') ?? '', /\| base \| sentinel-failover \| 1\/1 \| 10000 \|/);
  t.match(files.get('README.md') ?? '', /clients saw: READONLY no/);
  for (const [name, text] of files) if (name.endsWith('.svg')) t.match(text, /^<svg .*holdfast/s, name);
});

await t.test('a contender that failed altogether is said, and is in no chart', async (t) => {
  const failed = stallEntry('redis-failover', [], { failures: ['no server'], reachedRate: Infinity });
  const files = stallFiles([stallEntry('holdfast', [stallSample({ picture })]), failed], describeMachine([]));
  t.match(files.get('README.md') ?? '', /redis-failover: a round failed: no server/);
  t.notMatch(files.get('timeline.svg') ?? '', /redis-failover/);
  t.same([...stallFiles([failed], describeMachine([])).keys()].sort(), ['README.md', 'figures.json']);
});

await t.test('the summary has a line for each contender, and says how it was measured', async (t) => {
  const entries = [
    stallEntry('holdfast', [stallSample({ stallMs: 1.26, picture }), stallSample({ stallMs: 3 })]),
    stallEntry('redis-failover', [stallSample({ detail: null, waitMs: 512 })], { errors: 7 }),
  ];
  const charts = [{ name: 'timeline.svg', title: 'Writes', svg: '' }];
  const text = stallSummary(entries, describeMachine([]), charts, 'there');
  t.match(text, '| Holdfast | 2 | 1.3 / 3.0 / 3.0 | 2.0 / 2.0 / 2.0 | 2.0 / 2.0 / 2.0 | 0 | 0 | 0 |');
  t.match(text, '| Redis `FAILOVER` | 1 | – | 512 / 512 / 512 | 2.0 / 2.0 / 2.0 | 7 | 0 | 0 |');
  t.match(text, '![Writes](there/timeline.svg)');
  t.match(text, '10000 SET/s of 2048 bytes over 50 connections');
});
