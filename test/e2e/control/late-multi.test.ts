import t from 'tap';
import { ControlNode } from '../../../src/control/control-node.js';
import { Relay } from '../../support/relay.js';
import { RedisServer } from '../../support/redis-server.js';

void t.test(
  'the question for rights is answered too late: what is asked next does not end up in its transaction',
  async (t) => {
    const server = await RedisServer.start();
    t.teardown(() => server.dispose());
    const relay = await Relay.start(server);
    t.teardown(() => relay.close());
    const node = new ControlNode(relay.id);
    t.teardown(() => node.close());
    await node.connect(5_000);
    relay.judge((text) => (/\$5\r\nmulti\r\n/i.test(text) ? 'mute' : 'pass'));
    await t.rejects(node.missingRights(100), /no answer to MULTI/);
    relay.flow();
    t.match(await node.role(5_000), { role: 'master' });
  },
);
