import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { PLANTED_BUGS } from '../../simulation/bugs/planted-bugs.js';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));

void t.test('the place of each bug that the simulation has to find is in the product', (t) => {
  for (const { name, edits } of PLANTED_BUGS) {
    for (const { file, from } of edits) {
      const places = readFileSync(`${SRC}${file}`, 'utf8').split(from).length - 1;
      t.equal(places, 1, `${name}: ${file} has it ${places} times; let the bug follow the product`);
    }
  }
  t.end();
});
