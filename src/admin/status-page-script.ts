/**
 * The script of the status page: fetches /status.json once a second and draws it. All text goes in through
 * `textContent`: names and error texts come from servers and must not become markup.
 */
export const STATUS_PAGE_SCRIPT = `
'use strict';
const PHASES = [
  ['drain', 'drainUs'], ['fence', 'fenceUs'], ['catch up', 'catchupUs'], ['promote', 'promoteUs'], ['redirect', 'redirectUs'],
];
const SVG = 'http://www.w3.org/2000/svg';
const BAR_WIDTH = 320;

function cell(row, text, className) {
  const td = row.insertCell();
  td.textContent = text;
  if (className) td.className = className;
  return td;
}

function svg(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function bar(report, longestUs) {
  const holder = document.createElement('div');
  const image = svg('svg', { width: BAR_WIDTH, height: 14, role: 'img' }, holder);
  let x = 0;
  PHASES.forEach(([label, field], index) => {
    const width = longestUs > 0 ? (report[field] / longestUs) * BAR_WIDTH : 0;
    const part = svg('rect', { x, y: 0, width, height: 14, class: 'phase' + index }, image);
    svg('title', {}, part).textContent = label + ' ' + Math.round(report[field]) + ' µs';
    x += width;
  });
  return holder;
}

function showNodes(state) {
  const body = document.getElementById('nodes');
  body.replaceChildren();
  for (const node of state.nodes) {
    const row = body.insertRow();
    cell(row, node.node + (node.node === state.master ? ' ★' : ''));
    cell(row, node.up ? 'up' : 'down', node.up ? 'good' : 'bad');
    cell(row, node.role);
    cell(row, node.engine + ' ' + node.version);
    cell(row, node.offset, 'number');
    cell(row, node.lag, 'number');
    cell(row, node.problem, 'bad');
  }
}

function showHistory(state) {
  const body = document.getElementById('history');
  const sum = (report) => PHASES.reduce((total, phase) => total + report[phase[1]], 0);
  const longestUs = Math.max(0, ...state.history.map(sum));
  body.replaceChildren();
  for (const report of state.history) {
    const row = body.insertRow();
    cell(row, report.startedAt);
    cell(row, report.outcome + (report.reason ? ' (' + report.reason + ')' : ''), report.outcome === 'switched' ? 'good' : '');
    cell(row, (report.oldMaster || '') + ' → ' + (report.newMaster || ''));
    cell(row, (report.stallUs / 1000).toFixed(2) + ' ms', 'number');
    row.insertCell().append(bar(report, longestUs));
    cell(row, [report.sentence, ...report.notes].filter((text) => text !== '').join('; '));
  }
}

function show(state) {
  const current = state.switchover;
  document.getElementById('state').textContent = current.state + (current.to ? ' → ' + current.to : '');
  document.getElementById('master').textContent = state.master || 'none: ' + state.problem;
  document.getElementById('epoch').textContent = current.epoch;
  document.getElementById('gate').textContent =
    state.gateHolders.length === 0 ? 'open' : 'closed by ' + state.gateHolders.join(', ');
  document.getElementById('clients').textContent =
    state.traffic.clients.connected + ', ' + state.traffic.clients.held + ' of them held';
  const open = current.unsettled.map((one) => one.node + ' is not settled: ' + one.why);
  const troubles = [...(state.readiness.ready ? [] : ['not ready: ' + state.readiness.reason]), ...state.alarms, ...open];
  document.getElementById('troubles').textContent = troubles.join(' · ') || 'none';
  document.getElementById('version').textContent = state.build.version;
  showNodes(state);
  showHistory(state);
}

async function refresh() {
  const notice = document.getElementById('notice');
  try {
    const response = await fetch('status.json', { cache: 'no-store' });
    show(await response.json());
    notice.textContent = '';
  } catch (error) {
    notice.textContent = 'Holdfast does not answer: ' + error.message;
  }
  setTimeout(refresh, 1000);
}
refresh();
`;
