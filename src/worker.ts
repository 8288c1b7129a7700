import { keepCodeReady } from './cli/ready-code.js';

// Started by `holdfast serve --workers`, never by hand.
process.title = 'holdfast worker';
keepCodeReady();
const { runWorker } = await import('./cli/run-worker.js');
runWorker();
