import { httpAddresses, optionalText } from './kinds.js';
import { setting } from './setting.js';

/** Where kvrocks-controller is, and which cluster of it this is. */
export const CONTROLLER_SETTING_TABLE = {
  controllers: setting({
    name: 'controller',
    kind: httpAddresses(),
    default: [],
    description:
      'Where kvrocks-controller answers (`http://10.0.0.1:9379`); repeated for each of them. The processes themselves, not a load balancer',
    reason: 'any of them leads to the one that leads',
  }),
  controllerNamespace: setting({
    name: 'controller_namespace',
    kind: optionalText('name'),
    default: null,
    description: 'The namespace of the cluster in kvrocks-controller',
    reason: '',
  }),
  controllerCluster: setting({
    name: 'controller_cluster',
    kind: optionalText('name'),
    default: null,
    description: 'The name of the cluster in kvrocks-controller; which shard of it this is follows from `node`',
    reason: '',
  }),
} as const;
