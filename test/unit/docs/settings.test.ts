import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { renderSettingsTable } from '../../../src/config/render.js';

const skip = existsSync('README.md') ? false : 'there is no README yet';

t.test('the README shows the settings as they are', { skip }, async (t) => {
  const table = /<!-- settings -->\n([^]*?)<!-- \/settings -->/.exec(readFileSync('README.md', 'utf8'))?.[1];
  t.equal(table?.trim(), renderSettingsTable().trim(), 'npm run docs writes the table');
});
