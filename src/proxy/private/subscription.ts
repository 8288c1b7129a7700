import { Effect, type CommandInfo } from '../../command/command-info.js';
import { decodeRequest } from '../../resp/decode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import type { SubscriptionKind } from '../../session/link-state.js';
import type { PrivateLink } from './private-link.js';
import { FrameWatcher } from '../upstream/reply-sink.js';

/**
 * Sends SUBSCRIBE, UNSUBSCRIBE and their kin: one confirmation for each name, also after CLIENT REPLY OFF; one error
 * stands for all of them, and then nothing has changed.
 */
export function sendSubscription(link: PrivateLink, info: CommandInfo, frame: Buffer): void {
  const { state, upstream, client } = link;
  const names = decodeRequest(frame)
    .slice(1)
    .map((name) => name.toString('latin1'));
  if (info.effect === Effect.Subscribe && names.length === 0) {
    // Refused, and after CLIENT REPLY OFF without a word.
    link.forward(info, frame);
    return;
  }
  const set = state.subscriptions[kindOf(info.name)];
  const before = new Set(set);
  link.pushes.listen();
  let frames = Math.max(1, names.length);
  if (info.effect === Effect.Subscribe) {
    for (const name of names) set.add(name);
  } else if (names.length === 0) {
    frames = Math.max(1, set.size);
    set.clear();
  } else {
    for (const name of names) set.delete(name);
  }
  // The error of a command that keeps silent is not seen here, so the connection must not serve anybody else.
  if (state.replies !== 'on') state.bound = true;
  if (state.replies === 'skip') state.replies = 'on';
  const watcher = new FrameWatcher(
    client,
    (firstByte) => {
      if (firstByte !== FrameType.Error) return;
      set.clear();
      for (const name of before) set.add(name);
      // The other connection may have been asked for the same, and may have agreed.
      link.twins.renew();
    },
    true,
  );
  upstream.send(watcher, frame, 0, frame.length, false, frames);
  client.outstanding += frames;
  link.twins.follow(frame, frames);
}

/** Sends MONITOR; `+OK` answers it, and then the lines begin. */
export function sendMonitor(link: PrivateLink, info: CommandInfo, frame: Buffer): void {
  const { state, upstream, client } = link;
  link.pushes.attach();
  link.twins.renew();
  if (state.replies !== 'on') {
    link.forward(info, frame);
    return;
  }
  const watcher = new FrameWatcher(client, (firstByte) => {
    if (firstByte !== FrameType.Error) return;
    state.monitoring = false;
    link.twins.renew();
  });
  upstream.send(watcher, frame, 0, frame.length, false);
  client.outstanding++;
}

function kindOf(name: string): SubscriptionKind {
  if (name.startsWith('p')) return 'pattern';
  return name === 'ssubscribe' || name === 'sunsubscribe' ? 'shard' : 'channel';
}
