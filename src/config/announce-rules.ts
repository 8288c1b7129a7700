import type { Rule } from './rule.js';

/** What `announce` is good for. */
export const ANNOUNCE_RULES: readonly Rule[] = [
  {
    needs: ['announce', 'topology'],
    judge: ({ announce, topology }) =>
      announce === null || topology.endsWith('-cluster') || topology === 'kvrocks-controller'
        ? []
        : [`announce ${announce} says something to cluster clients only, and topology is ${topology}`],
  },
  {
    needs: ['announce', 'announceNodes'],
    judge: ({ announce, announceNodes }) =>
      announce === null && announceNodes.length > 0
        ? ['announce_node is given, but not announce: clients would not stay on this Holdfast']
        : [],
  },
  {
    needs: ['announceNodes'],
    judge: ({ announceNodes }) => {
      const nodes = announceNodes.map(({ node }) => node);
      return [...new Set(nodes.filter((node, index) => nodes.indexOf(node) !== index))].map(
        (node) => `announce_node ${node} is given more than once`,
      );
    },
  },
];
