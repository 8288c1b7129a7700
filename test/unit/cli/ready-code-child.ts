import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getHeapCodeStatistics, getHeapStatistics } from 'node:v8';
import { keepCodeReady } from '../../../src/cli/ready-code.js';
import { collectorOfGarbage } from '../../support/collect-garbage.js';

/*
 * Loads a module, calls all of it once, and collects garbage. To be run with `--stress-flush-code`, so that every collection
 * throws away what a long time without a call would. Arguments: the folder to write the module to, and `ready` or `plain`.
 */

/** What V8 has of the module, bytes, each time above what it had before the module. */
export interface CodeFigures {
  /** Compiled before anything was called. */
  readonly compiledAtOnce: number;
  /** Compiled, and kept although it does not run. */
  readonly compiledAtLast: number;
  /** Whatever else: its text, and the shapes that each place in its code has seen. */
  readonly rest: number;
}

const FUNCTIONS = 500;
const PLACES = 40;

const [folder = '', how = ''] = process.argv.slice(2);
if (how === 'ready') keepCodeReady();

const names = Array.from({ length: PLACES }, (_, at) => `p${at}`);
const sum = names.map((name) => `o.${name}`).join(' + ');
const text = Array.from({ length: FUNCTIONS }, (_, at) => `export function f${at}(o) { return ${sum}; }`);
const path = join(folder, `functions-${how}.mjs`);
writeFileSync(path, text.join('\n'));

const collect = collectorOfGarbage();
const compiled = (): number => getHeapCodeStatistics().bytecode_and_metadata_size;
const used = (): number => {
  collect();
  return getHeapStatistics().used_heap_size;
};
const before = { used: used(), compiled: compiled() };
const functions = (await import(path)) as Readonly<Record<string, (o: object) => number>>;
const compiledAtOnce = compiled() - before.compiled;
const argument = Object.fromEntries(names.map((name, at) => [name, at]));
for (const call of Object.values(functions)) call(argument);
const grown = used() - before.used;
const compiledAtLast = compiled() - before.compiled;
const figures: CodeFigures = { compiledAtOnce, compiledAtLast, rest: grown - compiledAtLast };
process.stdout.write(JSON.stringify(figures));
rmSync(path);
