import { parseArgs } from 'node:util';
import { runCampaign } from '../e2e/differential/support/campaign.js';

const USAGE = `Plays random sequences at a server directly and at one behind Holdfast, and tells what differs.

  npm run soak -- [--seed 1] [--count 0] [--minutes 10] [--moving] [--lanes 1] [--most 5]

  --seed N     the seed of the first sequence; a difference is repeated with its own seed and --count 1
  --count N    sequences to play; 0: as many as the time allows
  --minutes N  when to stop
  --moving     the server behind Holdfast is a shard whose master moves
  --lanes N    lanes for each identity
  --most N     differences after which to stop
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '10' },
    most: { type: 'string', default: '5' },
    moving: { type: 'boolean', default: false },
    lanes: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else {
  const [seed, count, minutes, most] = [values.seed, values.count, values.minutes, values.most].map(Number);
  const started = performance.now();
  const end = started + (minutes ?? 10) * 60_000;
  let differences = 0;
  const played = await runCampaign({
    from: seed ?? 1,
    moving: values.moving,
    lanes: Number(values.lanes),
    goOn: (done, found) => (count === 0 || done < (count ?? 0)) && found < (most ?? 5) && performance.now() < end,
    onDifference: (text) => {
      differences++;
      process.stdout.write(`\n${text}\n`);
    },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`\n${played} sequences in ${seconds} s, ${differences} differences\n`);
  process.exitCode = differences === 0 ? 0 : 1;
}
