/** What names that nobody answers for cost those who ask for others: `npm run bench:names`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Names } from '../../src/network/names.ts';

const SILENT = [0, 100, 1000, 10_000];
/** How often others are asked for, and for how long at least. */
const TIMES = 40;
const BETWEEN_MS = 50;
const LONG_MS = 10_000;
/** What an exchange waits for a connection by default: then the next request asks again. */
const DIAL_MS = 5000;

const server = fork(fileURLToPath(new URL('./name-server.ts', import.meta.url)));
const [address] = (await once(server, 'message')) as [string];
process.stdout.write(
  'silent names | a known name, ms: p50 / p95 / worst | a new name, ms | not found | CPU, ms in all\n',
);
for (const count of SILENT) process.stdout.write(`${await measure(count)}\n`);
server.kill();
process.exit();

/** Names that are known and names that are new are found, while so many silent ones are asked for all the time. */
async function measure(count: number): Promise<string> {
  const names = new Names({ servers: [address] });
  await find(names, 'answered.test');
  const end = performance.now() + (count === 0 ? 0 : LONG_MS);
  const before = process.cpuUsage();
  let goesOn = true;
  const askAgain = async (name: string): Promise<void> => {
    while (goesOn) await Promise.race([find(names, name).then(() => delay(100)), delay(DIAL_MS)]);
  };
  for (let id = 0; id < count; id++) void askAgain(`silent-${count}-${id}.test`);
  const known: number[] = [];
  const fresh: number[] = [];
  let missing = 0;
  for (let turn = 0; turn < TIMES || performance.now() < end; turn++) {
    const asked = [
      ['answered.test', known],
      [`${count}-${turn}.answered.test`, fresh],
    ] as const;
    for (const [name, times] of asked) {
      const begun = performance.now();
      if (!(await find(names, name))) missing++;
      times.push(performance.now() - begun);
    }
    await delay(BETWEEN_MS);
  }
  const { user, system } = process.cpuUsage(before);
  goesOn = false;
  const cpu = Math.round((user + system) / 1000);
  return [count, describe(known), describe(fresh), `${missing} of ${2 * known.length}`, cpu].join(' | ');
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return [0.5, 0.95, 1].map((share) => at(share).toFixed(1)).join(' / ');
}

function find(names: Names, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    names.lookUp(name, { all: true }, (error) => resolve(error === null));
  });
}
