import { ENVIRONMENTS } from './environments.js';

/*
 * A process of its own for the servers of one environment, and for the stand-ins, which would else share a thread with the load.
 * Ends when its parent lets go of it.
 */
const kind = ENVIRONMENTS.find(({ name }) => name === process.argv[2]);
if (kind === undefined) throw new Error(`no environment ${process.argv[2]}`);
const { nodes, flags, dispose } = await kind.start();
process.once('disconnect', () => void dispose().finally(() => process.exit()));
process.send?.({ nodes, flags });
