import { integer, milliseconds } from './kinds.js';
import type { Setting } from './setting.js';

const MIB = 1024 * 1024;
/** A day; longer waits are none. */
const MAX_MS = 86_400_000;

/** What one client of an application may cost. */
export interface ClientSettings {
  readonly clientOutputLimit: number;
  readonly clientIdleTimeoutMs: number;
}

export const CLIENT_SETTING_TABLE: { readonly [K in keyof ClientSettings]: Setting<ClientSettings[K]> } = {
  clientOutputLimit: {
    name: 'client_output_limit',
    kind: integer({ min: 0, max: 1_099_511_627_776, unit: 'bytes' }),
    default: 256 * MIB,
    description: 'Unread replies in Holdfast beyond which a client is disconnected; 0 for any amount',
    reason:
      'they wait in the server, under its own `client-output-buffer-limit`, as long as they can; only what others would wait behind is gathered here',
  },
  clientIdleTimeoutMs: {
    name: 'client_idle_timeout_ms',
    kind: milliseconds(0, MAX_MS),
    default: 0,
    description:
      'A client that says nothing for so long is disconnected, unless it is subscribed, monitors or waits for a reply; 0 for never',
    reason: "Redis' own `timeout`, 0 by default: an idle connection costs some KB, and pools keep theirs for long",
  },
};
