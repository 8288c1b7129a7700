import t from 'tap';
import { found, History } from './support/history.js';

await t.test('a channel', async (t) => {
  const clean = (name: string, history: History): unknown => t.same(found(history), [], name);
  const wrong = (kind: string, history: History): unknown => t.same(found(history), [kind], kind);
  const channel = (): History => new History('ch').subscribe('s', [0, 1]);
  const two = (): History => channel().publish([2, 3], 'a').publish([4, 5], 'b');

  clean('all of it', two().receive('s', 3, 'a').receive('s', 5, 'b').unsubscribe('s', [6, 7]));
  clean(
    'published before and after',
    new History('ch').publish([0, 9], 'a').subscribe('s', [2, 3]).unsubscribe('s', [4, 5]).publish([6, 7], 'b'),
  );
  clean('the end of a broken connection', two().receive('s', 3, 'a').unsubscribe('s', [6, 7], true));
  clean('two subscribers, one later', two().subscribe('l', [3.5, 3.6]).receive('l', 5, 'b').unsubscribe('l', [8, 9]));
  clean(
    'without an answer',
    channel().unknownPublish(2, 'a').unknownPublish(3, 'b').receive('s', 9, 'b').unsubscribe('s', [10, 11]),
  );
  clean('subscribed again', two().receive('s', 3, 'a').unsubscribe('s', [3.5, 3.5], true).subscribe('s', [6, 7]));

  wrong('lost', two().receive('s', 3, 'a').unsubscribe('s', [6, 7]));
  wrong('lost', two().receive('s', 5, 'b').unsubscribe('s', [6, 7], true));
  wrong('doubled', two().receive('s', 3, 'a').receive('s', 4, 'a').receive('s', 5, 'b').unsubscribe('s', [6, 7]));
  wrong('out-of-order', two().receive('s', 5, 'b').receive('s', 6, 'a').unsubscribe('s', [7, 8]));
  wrong('wrong-reply', channel().receive('s', 3, 'x').unsubscribe('s', [6, 7]));
  wrong('wrong-reply', channel().receive('s', 1, 'a').publish([2, 3], 'a').unsubscribe('s', [6, 7]));
  wrong('ran-though-refused', channel().refusedPublish([2, 3], 'a').receive('s', 4, 'a').unsubscribe('s', [6, 7]));
});
