import t from 'tap';
import { rewriteInline } from '../../../../src/proxy/client/inline-request.js';
import { InputBuffer } from '../../../../src/proxy/client/input-buffer.js';

/** What stands in the buffer after the first line, which ends at the first line feed, was rewritten. */
function rewritten(text: string, small = false): string | false {
  const input = new InputBuffer();
  input.take(Buffer.from(text, 'latin1'), 0, text.length, false, 0);
  if (!rewriteInline(input, text.indexOf('\n') + 1, small)) return false;
  return input.bytes.toString('latin1', input.start, input.end);
}

const GET = '*2\r\n$3\r\nGET\r\n$1\r\nx\r\n';

await t.test('inline requests become arrays, those that follow too', async (t) => {
  t.equal(rewritten('GET x\r\n'), GET);
  t.equal(rewritten('GET x\nGET "x"\r\n\r\nGET \'x\'\n'), GET + GET + GET);
  t.equal(rewritten('\r\nGET x\r\n'), GET);
});

await t.test('up to what is no inline request, or not yet a whole one', async (t) => {
  t.equal(rewritten(`GET x\r\n${GET}GET x\r\n`), `${GET}${GET}GET x\r\n`);
  t.equal(rewritten('GET x\r\nGET'), `${GET}GET`);
  t.equal(rewritten('GET x\r\nGET x\r'), `${GET}GET x\r`);
});

await t.test('a line that the scanner or the client has to judge first waits for its turn', async (t) => {
  t.equal(rewritten('GET "x\r\nGET x\r\n'), false, 'unbalanced quotes');
  t.equal(rewritten('GET x\r\nGET "x\r\n'), `${GET}GET "x\r\n`);
  const long = `GET ${'x'.repeat(2000)}\r\n`;
  t.equal(rewritten(`GET x\r\n${long}`), GET + long);
  t.equal(rewritten('ReSeT\r\nGET x\r\n'), '*1\r\n$5\r\nReSeT\r\nGET x\r\n', 'which may need a password again');
  t.equal(rewritten('GET x\r\nGET x\r\n', true), `${GET}GET x\r\n`, 'which may be allowed more, once authenticated');
});
