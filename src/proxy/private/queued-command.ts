import { Effect, Route, type CommandInfo } from '../../command/command-info.js';
import type { ClientErrorCode } from '../../errors/error-table.js';
import { decodeRequest } from '../../resp/decode.js';
import type { Outcome } from '../../session/transaction.js';
import { acquireLink } from '../client/acquire.js';
import type { Client } from '../client/client.js';
import { CHANGES_PAUSE, passSwitch, planOf } from '../answers/client-commands.js';
import { identityOutcome } from '../answers/identity-commands.js';
import { refuseQueued } from './answer-in-multi.js';
import type { PrivateLink } from './private-link.js';
import { noteFlush, noteScript } from '../answers/scripts.js';
import { learnEverywhere } from '../access/learn-everywhere.js';

/** What EXEC would do to the connection with these could not be followed, or would mean another connection than the client means. */
const NOT_IN_MULTI: ReadonlySet<Effect> = new Set([
  Effect.Subscribe,
  Effect.Unsubscribe,
  Effect.Monitor,
  Effect.Tracking,
  Effect.Reply,
  Effect.Debug,
]);

/**
 * A command inside MULTI. The server queues it, so it must be sent in a form that is right when EXEC runs it there, and
 * what its result changes is done when EXEC's reply has come ({@link Outcome}). @returns as `routeSlowly`.
 */
export function queueCommand(client: Client, info: CommandInfo, frame: Buffer): boolean {
  const refusal = refusalOf(info);
  const execOfReads = info.effect === Effect.Exec && client.link?.state.transaction?.writes === false;
  const link = acquireLink(client, refusal === null && info.write && !execOfReads);
  if (link === 'wait') return false;
  if (link === 'failed') return true;
  if (client.outstanding > 0 && link.state.mustSettle(info)) {
    client.wait('replies');
    return false;
  }
  const { transaction } = link.state;
  // Its gate and its pause are not a client's to open.
  if (info.effect === Effect.Exec && transaction?.changesPause === true && !passSwitch(client)) return false;
  if (transaction !== null && CHANGES_PAUSE.has(info.name)) transaction.changesPause = true;
  const { commands } = client.shard.stats;
  if (refusal !== null) {
    commands.refused++;
    refuseQueued(link, refusal);
    return true;
  }
  commands[info.write ? 'write' : 'read']++;
  const { request, outcome } = meaningOf(client, link, info, frame);
  link.send(info, request, outcome);
  return true;
}

function refusalOf(info: CommandInfo): ClientErrorCode | null {
  if (info.route === Route.Refused) return 'role-command';
  return NOT_IN_MULTI.has(info.effect) || info.name === 'client|unblock' ? 'not-in-multi' : null;
}

interface Meaning {
  readonly request: Buffer;
  readonly outcome: Outcome | null;
}

function meaningOf(client: Client, link: PrivateLink, info: CommandInfo, frame: Buffer): Meaning {
  if (info.effect === Effect.Mode) {
    const request = Buffer.from(frame);
    const outcome = (result: Buffer): Buffer => {
      link.state.changeMode(info.name, request);
      return result;
    };
    return { request, outcome };
  }
  switch (info.route) {
    case Route.Identity:
      return { request: frame, outcome: identityOutcome(link, decodeRequest(Buffer.from(frame))) };
    case Route.Here: {
      const plan = planOf(client, info, decodeRequest(Buffer.from(frame)));
      return { request: plan.judged ?? frame, outcome: plan.answer };
    }
    case Route.Script: {
      if (info.name !== 'script|flush') {
        noteScript(client, info, frame);
        return { request: frame, outcome: null };
      }
      const outcome = (result: Buffer): Buffer => {
        noteFlush(client.shard);
        return result;
      };
      return { request: frame, outcome };
    }
    case Route.Access: {
      const outcome = (result: Buffer): Buffer => {
        void learnEverywhere(client.shard);
        return result;
      };
      return { request: frame, outcome };
    }
    default:
      return { request: frame, outcome: null };
  }
}
