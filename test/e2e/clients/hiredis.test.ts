import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { startStage } from '../../support/stage.js';
import { workWhileMoving } from './support/application.js';
import { Companion } from './support/companion.js';
import { skipWithout } from './support/program.js';

const SOURCE = resolve('test/e2e/clients/support/hiredis.c');
const hasHeader = existsSync('/usr/include/hiredis/hiredis.h');
const skip = skipWithout('gcc') || (hasHeader ? false : 'libhiredis-dev is not there');

void t.test('hiredis, one connection', { skip }, async (t) => {
  const program = join(t.testdir(), 'application');
  const { stderr } = spawnSync('gcc', ['-Wall', '-o', program, SOURCE, '-lhiredis'], { encoding: 'utf8' });
  t.equal(stderr, '', 'it compiles');
  const stage = await startStage(t, { replicas: 1 });
  const application = new Companion(program, [String(stage.holdfast.port)]);
  await workWhileMoving(t, stage, 1, () => application.step());
  const end = (await application.finish()) as { error?: string; stored?: number; counted?: number };
  t.equal(end.error, undefined);
  t.ok(end.stored !== undefined && end.stored > 0);
  t.equal(end.stored, end.counted, 'what was acknowledged is there, once');
});
