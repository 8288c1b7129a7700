import t from 'tap';
import { isRefusal } from '../../../../src/proxy/upstream/refusals.js';

const NODES = ['10.0.0.1:6379', '10.0.0.2:6379'];
const SHA = 'a4714296f52e633140579c84b172b63da7bce890';

const says = (text: string): boolean => {
  const bytes = Buffer.from(`+OK\r\n${text}\r\n`);
  return isRefusal(NODES, bytes, 5, bytes.length);
};

await t.test('a node is not the master, or not ready, and nothing has run', (t) => {
  for (const text of [
    "-READONLY You can't write against a read only replica.",
    "-READONLY You can't write against a read only slave.",
    "-EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica.",
    `-READONLY You can't write against a read only replica. script: ${SHA}, on @user_script:1.`,
    "-READONLY You can't write against a read only replica. script: up, on @user_function:1.",
    // Redis 6: luaPushError puts the place into the error, evalGenericCommand the script.
    `-ERR Error running script (call to f_${SHA}): @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica. `,
    "-ERR READONLY You can't write against a read only slave.",
    "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    '-LOADING Redis is loading the dataset in memory',
    '-MOVED 1234 10.0.0.2:6379',
  ]) {
    t.ok(says(text), text);
  }
  t.end();
});

await t.test('other errors, and words that are only mentioned', (t) => {
  for (const text of [
    '-ERR unknown command',
    '-MOVED 1234 10.0.0.3:6379',
    '-READONLY Consider this an invitation',
    "-ERR user_script:1: READONLY You can't write against a read only replica. script: x, on @user_script:1.",
    `-ERR Error running script (call to f_${SHA}): @user_script:1: user_script:1: my own -READONLY You can't write against a read only replica.`,
    '-NOSCRIPT No matching script. Please use EVAL.',
    '-EXECABORT Transaction discarded because of previous errors.',
  ]) {
    t.notOk(says(text), text);
  }
  t.end();
});
