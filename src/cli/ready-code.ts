import { setFlagsFromString } from 'node:v8';

/*
 * V8 compiles a function when it is first called, begins to learn the shapes of its objects after some more calls, and throws
 * compiled code away that has not run for a while. For what runs once in a few months, and then while clients wait, that
 * is wrong three times.
 */
const FLAGS = ['--no-lazy', '--no-lazy-feedback-allocation', '--no-flush-bytecode'];

/** Lets V8 compile whatever is loaded from now on at once, and keep it. To be called before the modules that it is for are loaded. */
export function keepCodeReady(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}
