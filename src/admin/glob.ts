/**
 * Redis' glob patterns without classes (`*`, `?`, `\` before a character), in any case. Written out because a regular
 * expression made of many stars takes exponential time on a name that does not match.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const tokens = tokenize(pattern.toLowerCase());
  const text = name.toLowerCase();
  let token = 0;
  let at = 0;
  // Where to go on when the text behind the last star did not match: the star takes one character more.
  let starToken = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current?.kind === 'star') {
      starToken = token++;
      starAt = at;
    } else if (current !== undefined && (current.kind === 'any' || current.char === text[at])) {
      token += 1;
      at += 1;
    } else if (starToken >= 0) {
      token = starToken + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest.kind === 'star');
}

type GlobToken =
  { readonly kind: 'star' } | { readonly kind: 'any' } | { readonly kind: 'char'; readonly char: string };

function tokenize(pattern: string): readonly GlobToken[] {
  const tokens: GlobToken[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    if (char === '*') tokens.push({ kind: 'star' });
    else if (char === '?') tokens.push({ kind: 'any' });
    else if (char === '\\' && at + 1 < pattern.length) tokens.push({ kind: 'char', char: pattern.charAt(++at) });
    else tokens.push({ kind: 'char', char });
  }
  return tokens;
}
