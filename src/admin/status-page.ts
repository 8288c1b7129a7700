import { createHash } from 'node:crypto';
import { STATUS_PAGE_SCRIPT } from './status-page-script.js';

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; color: #1b1f24; background: #fff; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-top: 2em; }
dl { display: grid; grid-template-columns: 8em 1fr; gap: .2em 1em; } dt { color: #57606a; } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25em .8em .25em 0; border-bottom: 1px solid #d0d7de; }
.number { text-align: right; font-variant-numeric: tabular-nums; } .good { color: #116329; } .bad, #notice { color: #a40e26; }
.phase0 { fill: #4e79a7; } .phase1 { fill: #f28e2b; } .phase2 { fill: #59a14f; } .phase3 { fill: #e15759; } .phase4 { fill: #9c755f; }
.key { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em; } .key rect { width: 100%; height: 100%; }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } th, td { border-color: #30363d; }
dt { color: #8b949e; } .good { color: #3fb950; } .bad, #notice { color: #f85149; } }
`;

const PHASE_KEYS = ['drain', 'fence', 'catch up', 'promote', 'redirect']
  .map((name, index) => `<svg class="key"><rect class="phase${index}"/></svg>${name}`)
  .join('');

/** The status page: one file without outside resources, for a browser beside a terminal. */
export const STATUS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast</title>
<style>${STYLE}</style>
<h1>Holdfast <small id="version"></small></h1>
<p id="notice" role="status"><noscript>This page needs JavaScript; /status.json has the same facts.</noscript></p>
<dl>
<dt>Master</dt><dd id="master"></dd>
<dt>State</dt><dd id="state"></dd>
<dt>Gate</dt><dd id="gate"></dd>
<dt>Epoch</dt><dd id="epoch"></dd>
<dt>Clients</dt><dd id="clients"></dd>
<dt>Trouble</dt><dd id="troubles"></dd>
</dl>
<h2>Nodes</h2>
<table><thead><tr><th>Node<th>Up<th>Role<th>Server<th class="number">Offset<th class="number">Lag<th>Problem</thead><tbody id="nodes"></tbody></table>
<h2>Switchovers</h2>
<p>${PHASE_KEYS}</p>
<table><thead><tr><th>When<th>Outcome<th>From → to<th class="number">Stall<th>Phases<th>Sentence</thead><tbody id="history"></tbody></table>
<script>${STATUS_PAGE_SCRIPT}</script>
</html>
`;

/** Lets the page run its own script and style and fetch from where it came from; nothing else, and in no frame. */
export const STATUS_PAGE_POLICY = [
  "default-src 'none'",
  `script-src '${sourceHash(STATUS_PAGE_SCRIPT)}'`,
  `style-src '${sourceHash(STYLE)}'`,
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

function sourceHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}
