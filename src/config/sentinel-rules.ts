import type { Rule } from './rule.js';

/** What `topology: sentinel` needs, and what means nothing without it. */
export const SENTINEL_RULES: readonly Rule[] = [
  {
    needs: ['topology', 'sentinels', 'sentinelMaster'],
    judge: ({ topology, sentinels, sentinelMaster }) => {
      if (topology !== 'sentinel') return [];
      const missing = [
        ...(sentinels.length === 0 ? ['sentinel (host:port of each Sentinel)'] : []),
        ...(sentinelMaster === null ? ['sentinel_master (the name in their configuration)'] : []),
      ];
      return missing.map((what) => `topology sentinel needs ${what}`);
    },
  },
  {
    // Somebody who names Sentinels wants them to be asked.
    needs: ['topology', 'sentinels', 'sentinelMaster'],
    judge: ({ topology, sentinels, sentinelMaster }) => {
      if (topology === 'sentinel') return [];
      const given = [
        ...(sentinels.length === 0 ? [] : ['sentinel']),
        ...(sentinelMaster === null ? [] : ['sentinel_master']),
      ];
      return given.map((name) => `${name} is given, and topology is ${topology}: set topology to sentinel`);
    },
  },
  {
    needs: ['sentinelUsername', 'sentinelPassword'],
    judge: ({ sentinelUsername, sentinelPassword }) =>
      sentinelUsername !== null && sentinelPassword === null
        ? [`sentinel_username ${JSON.stringify(sentinelUsername)} needs sentinel_password (or sentinel_password_file)`]
        : [],
  },
];
