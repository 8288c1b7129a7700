import { loadConfig, type ConfigInputs, type LoadedConfig } from '../../../src/config/load.js';
import { ConfigError, renderProblem } from '../../../src/config/problem.js';

/** A command line with one node and nothing else. */
export function inputs(
  changes: Partial<ConfigInputs> & { readonly files?: Readonly<Record<string, string>> } = {},
): ConfigInputs {
  const { files = {}, ...rest } = changes;
  return {
    flags: { nodes: ['127.0.0.1:7000'] },
    environment: {},
    file: null,
    readText: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return text;
    },
    ...rest,
  };
}

export function load(changes: Parameters<typeof inputs>[0] = {}): LoadedConfig {
  return loadConfig(inputs(changes));
}

/** What is wrong, a line each; empty when nothing is. */
export function problemsOf(changes: Parameters<typeof inputs>[0]): readonly string[] {
  try {
    load(changes);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(renderProblem);
  }
}
