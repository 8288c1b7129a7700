import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';

/** Where files are that documents name, often by the end of their path only. */
const FOLDERS = ['bench', 'demo', 'deploy', 'docs', 'scripts', 'src', 'test'];
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  ...readdirSync('docs')
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

/** The names of files and folders that stand in backquotes. */
function namedIn(text: string): readonly string[] {
  const words = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)].map(([, word = '']) => word);
  const isPath = (word: string): boolean => /\.(?:ts|mjs|c|md|yaml|svg)$|\/$|^(?:src|test)\//.test(word);
  return words.filter((word) => isPath(word) && !MADE.test(word));
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
    const unknown = namedIn(text).filter((name) => {
      const path = `/${name.replace(/\/$/, '')}`;
      return !paths.some((known) => known.endsWith(path));
    });
    t.same(unknown, []);
    t.same(
      linksIn(text).filter((to) => leadsNowhere(document, to)),
      [],
    );
  });
}
