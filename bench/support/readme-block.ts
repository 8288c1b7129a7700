import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Puts `block` between the marks `<!-- name -->` and `<!-- /name -->` of README.md below the working directory, if they are there. */
export function publishInReadme(name: string, block: string): void {
  if (existsSync('README.md')) writeFileSync('README.md', replaceBlock(readFileSync('README.md', 'utf8'), name, block));
}

/** The text with what stands between the marks `<!-- name -->` and `<!-- /name -->` replaced; without marks, the text. */
export function replaceBlock(text: string, name: string, block: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close, start);
  if (start === -1 || end === -1) return text;
  return `${text.slice(0, start + open.length)}\n\n${block}\n\n${text.slice(end)}`;
}
