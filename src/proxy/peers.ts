import type { NodeId } from '../config/node-address.js';
import type { HoldMode } from './gate/gate.js';

/**
 * What the processes that share the connections of applications ask of each other, so that a client is told the same whichever of
 * them it is connected to. By name: the question, and what each of the others answers.
 */
export type PeerQuestions = {
  /** `CLIENT LIST`, with its arguments. → lines */
  list: { ask: readonly string[]; answer: string };
  /** `CLIENT KILL`, with its arguments. → how many were killed */
  kill: { ask: readonly string[]; answer: number };
  /** The server's number of the connection on which this client waits in a blocking call; 0: it does not. */
  blockedOn: { ask: number; answer: number };
  /** This node's number of the connection on which this client hears what another one tracks; 0: there is no such client. */
  redirectTarget: { ask: { readonly id: number; readonly node: NodeId }; answer: number };
  /** What was cached for this client does not count any more; the tracker's form of null. → whether there is such a client */
  invalidateAll: { ask: { readonly id: number; readonly nothing: string }; answer: boolean };
  /** A pause is about to begin: writes are held, and the answer comes when none is in flight any more. */
  announcePause: { ask: null; answer: null };
  /** What was announced has begun, or the server refused it. */
  concludePause: { ask: null; answer: null };
  beginPause: { ask: { readonly ms: number; readonly mode: HoldMode }; answer: null };
  endPause: { ask: null; answer: null };
  /** A client may have changed on the master which commands there are, and whom it lets in. */
  learnAgain: { ask: null; answer: null };
  /** A script that a client has loaded or run, latin1. */
  script: { ask: string; answer: null };
  scriptsFlushed: { ask: null; answer: null };
};

export type PeerQuestion = keyof PeerQuestions;

/** The other processes behind the same addresses. */
export interface Peers {
  /** Asks all others. Settles in bounded time with the answers of those who gave one; never rejects. */
  ask<Name extends PeerQuestion>(
    name: Name,
    words: PeerQuestions[Name]['ask'],
  ): Promise<readonly PeerQuestions[Name]['answer'][]>;
  /** Says something to all others; what one process says arrives everywhere in the order in which it was said. */
  tell<Name extends PeerQuestion>(name: Name, words: PeerQuestions[Name]['ask']): void;
}
