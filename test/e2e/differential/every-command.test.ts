import t from 'tap';
import { RedisServer } from '../../support/redis-server.js';
import { readCommandDocs } from './support/command-docs.js';
import { generate } from './support/generate.js';
import { EXCLUDED } from './support/pinned.js';
import { RequestMaker } from './support/request-maker.js';
import { commandOf } from './support/sequence.js';

/** As many as each file of `npm test` plays. */
const SEQUENCES = 800;

t.test('the random sequences leave no command of the server out', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const maker = new RequestMaker(await readCommandDocs(server));
  const said = new Set<string>();
  for (let seed = 1; seed <= SEQUENCES; seed++) {
    for (const step of generate(seed, maker, false).steps) {
      if (step.kind === 'say') for (const item of step.items) said.add(commandOf(item, maker.containers));
    }
  }
  const list = await server.send('COMMAND', 'LIST');
  const names = (Array.isArray(list) ? list : []).map(String);
  t.ok(names.length > 300, `${names.length} commands and subcommands`);
  // A container without a subcommand is said only where something was left out.
  const missing = names.filter(
    (name) => !said.has(name) && EXCLUDED[name] === undefined && !maker.containers.has(name),
  );
  t.same(missing, [], 'all of them are said, or excluded with a reason');
  const needless = Object.keys(EXCLUDED).filter((name) => !names.includes(name) || said.has(name));
  t.same(needless, [], 'nothing else is excluded');
});
