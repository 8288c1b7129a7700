#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runCommandLine } from './cli/program.js';

const argv = process.argv.slice(2);
// A password on the command line is in `ps` for everybody to read; setting the title overwrites it.
if (argv.some((argument) => /^--[a-z-]*password(?:=|$)/.test(argument))) process.title = `holdfast ${argv[0] ?? ''}`;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
process.exitCode = await runCommandLine(argv, version, {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  readText: (path) => readFileSync(path, 'utf8'),
});
