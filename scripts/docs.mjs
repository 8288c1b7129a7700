// Brings the tables of the README that are made from tables in the code up to date, between their marks.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refreshDocs } from '../dist/src/admin/docs.js';
import { renderSettingsTable } from '../dist/src/config/render.js';

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'README.md');
const before = readFileSync(path, 'utf8');
const after = refreshDocs(before).replace(
  /(<!-- settings -->\n)[^]*?(?=<!-- \/settings -->)/,
  // A function, since a `$` in the table would mean something else in a replacement text.
  (_, mark) => `${mark}\n${renderSettingsTable()}\n`,
);
if (after !== before) writeFileSync(path, after);
