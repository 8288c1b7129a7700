/** The other half of `Guard`: knows numbers of processes, waits for the channel to break. */

let watched: readonly number[] = [];

process.on('message', (pids: readonly number[]) => {
  watched = pids;
});

process.on('disconnect', () => {
  for (const pid of watched) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
  process.exit(0);
});

process.send?.('ready');
