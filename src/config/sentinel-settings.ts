import { nodeIds, optionalPath, optionalText } from './kinds.js';
import { setting } from './setting.js';

/** Where the Sentinels are. */
export const SENTINEL_SETTING_TABLE = {
  sentinels: setting({
    name: 'sentinel',
    kind: nodeIds({ mayBeNone: true }),
    default: [],
    description: 'With `topology: sentinel`: a Sentinel; repeated for each. One that answers is enough',
    reason: '',
  }),
  sentinelMaster: setting({
    name: 'sentinel_master',
    kind: optionalText('name'),
    default: null,
    description: 'The name under which the Sentinels watch the shard (`sentinel monitor <name> …`)',
    reason: '',
  }),
  sentinelUsername: setting({
    name: 'sentinel_username',
    kind: optionalText('name'),
    default: null,
    description: 'ACL user on the Sentinels',
    reason: "the Sentinels' default user",
  }),
  sentinelPassword: setting({
    name: 'sentinel_password',
    kind: optionalText('password'),
    default: null,
    secret: true,
    description: 'The password of the Sentinels themselves; it is not that of the nodes',
    reason: '',
  }),
  sentinelPasswordFile: setting({
    name: 'sentinel_password_file',
    kind: optionalPath('path'),
    default: null,
    description: 'A file that holds `sentinel_password`, for mounted secrets',
    reason: '',
  }),
} as const;
