import type { Kind, ResultOf } from '../../history/operation.js';
import type { Pending } from '../../history/recorder.js';
import type { SimReply } from './conversation.js';

/** Errors by which a client knows that its command did not run (README, "What clients see"). */
const DID_NOT_RUN =
  /^(TRYAGAIN|MASTERDOWN|READONLY|LOADING|EXECABORT|UNBLOCKED|ERR Holdfast (could not open|is shutting down))/;

/** Writes down what became of an operation. @param value what a reply that is no error means. */
export function settle<K extends Kind>(
  pending: Pending<K>,
  reply: SimReply,
  value: (reply: SimReply) => ResultOf<K>,
): void {
  if (reply === undefined) pending.unknown('the connection ended');
  else if (!(reply instanceof Error)) pending.ok(value(reply));
  else if (reply.message.startsWith('OUTCOMEUNKNOWN')) pending.unknown(reply.message);
  else if (DID_NOT_RUN.test(reply.message)) pending.refused(reply.message);
  else pending.unclean(reply.message);
}
