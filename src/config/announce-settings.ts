import { nodePairs, optionalNodeId } from './kinds.js';
import { setting } from './setting.js';

/** What cluster clients are told of the way to the nodes. */
export const ANNOUNCE_SETTING_TABLE = {
  announce: setting({
    name: 'announce',
    kind: optionalNodeId(),
    default: null,
    description:
      'Where applications reach this Holdfast; cluster clients are told this address for every node of the shard, so that they stay on the proxies',
    reason: 'what is not named is told as the cluster tells it',
  }),
  announceNodes: setting({
    name: 'announce_node',
    kind: nodePairs(),
    default: [],
    description:
      'With `announce`: a node of another shard, and where the proxy in front of it is reached; repeated for each. Addresses as in `CLUSTER NODES`',
    reason: '',
  }),
} as const;
