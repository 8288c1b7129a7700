import { runWorker } from './cli/run-worker.js';

// Started by `holdfast serve --workers`, never by hand.
process.title = 'holdfast worker';
runWorker();
