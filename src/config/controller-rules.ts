import type { Rule } from './rule.js';

/** The settings of kvrocks-controller belong to its topology, and the topology needs all of them. */
export const CONTROLLER_RULES: readonly Rule[] = [
  {
    needs: ['topology', 'controllers', 'controllerNamespace', 'controllerCluster'],
    judge: ({ topology, controllers, controllerNamespace, controllerCluster }) => {
      const given: readonly (readonly [name: string, isGiven: boolean])[] = [
        ['controller', controllers.length > 0],
        ['controller_namespace', controllerNamespace !== null],
        ['controller_cluster', controllerCluster !== null],
      ];
      return topology === 'kvrocks-controller'
        ? given.filter(([, isGiven]) => !isGiven).map(([name]) => `topology kvrocks-controller needs ${name}`)
        : given.filter(([, isGiven]) => isGiven).map(([name]) => `${name} is for topology kvrocks-controller alone`);
    },
  },
];
