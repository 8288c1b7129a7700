import { readOptions } from './options.js';
import { reportText } from './report.js';
import { failures, resultJson } from './result.js';
import { runDemo } from './run-demo.js';
import { LiveView, PlainView } from './view.js';

const options = readOptions(process.argv.slice(2));

// Leaving by process.exit runs the 'exit' listeners, and those end every server that was started.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => process.exit(status));
}

const view =
  process.stdout.isTTY && !options.json
    ? new LiveView()
    : new PlainView(options.json ? process.stderr : process.stdout);

try {
  const result = await runDemo(options, view);
  process.stdout.write(options.json ? `${JSON.stringify(resultJson(result))}\n` : reportText(result));
  process.exitCode = failures(result).length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
