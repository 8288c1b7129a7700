import { decodeRequest } from '../resp/decode.js';

/** A command that turns a mode of its connection on or off. */
export interface ModeChange {
  readonly mode: string;
  readonly on: boolean;
}

/** In force for the next command only. */
export const ASKING = 'asking';

/**
 * The modes that a connection keeps until they are turned off, and that the server tells nobody about: CLIENT NO-EVICT,
 * CLIENT NO-TOUCH, READONLY (of a cluster, inside MULTI), ASKING (for one command). On a lane they would count for everybody.
 *
 * @param name the command's name in lower case, subcommands as `client|no-evict`.
 * @returns null when the request is malformed: then the server refuses it.
 */
export function modeChange(name: string, frame: Buffer): ModeChange | null {
  switch (name) {
    case 'asking':
      return { mode: ASKING, on: true };
    case 'readonly':
      return { mode: 'readonly', on: true };
    case 'readwrite':
      return { mode: 'readonly', on: false };
    default: {
      const word = decodeRequest(frame)[2]?.toString('latin1').toLowerCase();
      return word === 'on' || word === 'off' ? { mode: name, on: word === 'on' } : null;
    }
  }
}
