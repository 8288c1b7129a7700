import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';

/** Where files are that documents name, often by the end of their path only. */
const FOLDERS = ['bench', 'demo', 'deploy', 'docs', 'scripts', 'src', 'test'];
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'bench/README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
/** What comes of a build or of a benchmark is not there before it. */
const MADE = /^(?:dist|bench\/results)\//;

/** Every path of the repository, with a slash in front. */
const paths = [
  ...readdirSync('.'),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ),
].map((path) => `/${path}`);

/** The names of files and folders that stand in backquotes; `{a,b}.ts` names two, `*` stands for anything. */
function namedIn(text: string): readonly string[] {
  const words = [...text.matchAll(/`([\w.*{},-]+(?:\/[\w.*{},-]+)*\/?)`/g)].flatMap(([, word = '']) =>
    alternatives(word),
  );
  const isPath = (word: string): boolean => /\.(?:ts|mjs|c|md|yaml|svg)$|\/$|^(?:src|test)\//.test(word);
  return [...words.filter((word) => isPath(word) && !MADE.test(word)), ...compiledIn(text)];
}

/** The sources of compiled files that are to be run. */
function compiledIn(text: string): readonly string[] {
  return [...text.matchAll(/\bdist\/((?:bench|src|test)\/[\w./-]+)\.js\b/g)].map(([, name = '']) => `${name}.ts`);
}

function alternatives(word: string): readonly string[] {
  const [, before = '', inner = '', behind = ''] = /^(.*)\{(.*)\}(.*)$/.exec(word) ?? [];
  return inner === '' ? [word] : inner.split(',').map((each) => `${before}${each}${behind}`);
}

function isThere(name: string): boolean {
  const path = `/${name.replace(/\/$/, '')}`;
  const pattern = new RegExp(`${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  return paths.some((known) => pattern.test(known));
}

/** Where the links to files of the repository lead, from the document that has them. */
function linksIn(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to).filter((to) => !/^\w+:/.test(to));
}

/** As GitHub makes the anchor of a heading. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  const named = [...markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name = '']) => name);
  const slugs = headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-'),
  );
  return new Set([...slugs, ...named]);
}

function leadsNowhere(document: string, to: string): boolean {
  const [path = '', anchor = ''] = to.split('#');
  const target = path === '' ? document : normalize(join(dirname(document), path));
  if (!existsSync(target)) return true;
  return anchor !== '' && !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
}

for (const document of DOCUMENTS) {
  await t.test(`the files that ${document} names are there, and so is what it links to`, async (t) => {
    const text = readFileSync(document, 'utf8');
    t.same(
      namedIn(text).filter((name) => !isThere(name)),
      [],
    );
    t.same(
      linksIn(text).filter((to) => leadsNowhere(document, to)),
      [],
    );
  });
}
