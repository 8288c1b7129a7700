import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { RedisServer } from '../../support/redis-server.js';
import { ServeProcess } from '../../support/serve-process.js';
import { until } from '../../support/until.js';

/**
 * Loaded before the program: notes whether Node's `http` was there when the first flag of V8 was set, and whether it is in
 * the end. What serves needs it, and nothing that a command line is read with.
 */
const PRELOADED = `
import v8 from 'node:v8';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const hasHttp = () => process.moduleLoadList.includes('NativeModule http');
const { setFlagsFromString } = v8;
let first = 'never';
v8.setFlagsFromString = (flag) => {
  if (first === 'never') first = hasHttp();
  setFlagsFromString(flag);
};
syncBuiltinESMExports();
process.on('exit', () => {
  const who = process.title === 'holdfast worker' ? 'worker' : 'serve';
  appendFileSync(process.env.TEST_NOTES, who + ': ' + first + ', ' + hasHttp() + '\\n');
});
`;

t.test('the code of serve and of its workers is loaded when V8 knows how to compile it', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const folder = t.testdir({ 'preloaded.mjs': '' });
  const preloaded = join(folder, 'preloaded.mjs');
  writeFileSync(preloaded, PRELOADED);
  const notes = join(folder, 'notes');
  const environment = { NODE_OPTIONS: `--import ${pathToFileURL(preloaded).href}`, TEST_NOTES: notes };
  const holdfast = await ServeProcess.start({ nodes: [server.id], flags: ['--workers=2'], environment });
  t.teardown(() => holdfast.dispose());
  await until('both workers serve', () => holdfast.log().split('a worker serves').length === 3);
  holdfast.signal('SIGTERM');
  await holdfast.ended();
  const lines = readFileSync(notes, 'utf8').trim().split('\n');
  t.same(lines.sort(), ['serve: false, true', 'worker: false, true', 'worker: false, true']);
});
