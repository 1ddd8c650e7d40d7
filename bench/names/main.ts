/** What names that nobody answers for cost those who ask for others: `npm run bench:names`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Names } from '../../src/network/names.ts';

const SILENT = [0, 100, 1000, 10_000];
const ASKED = 40;
const BETWEEN_MS = 50;
/** What an exchange waits for a connection by default. */
const DIAL_MS = 5000;

const server = fork(fileURLToPath(new URL('./name-server.ts', import.meta.url)));
const [address] = (await once(server, 'message')) as [string];
process.stdout.write(
  'silent names | asked for another, ms: p50 / p95 / worst | not found | CPU, ms | first failure told after, s\n',
);
for (const count of SILENT) process.stdout.write(`${await measure(count)}\n`);
server.kill();
process.exit();

/** All silent names are asked for again as soon as a dial would have given up, as requests do. */
async function measure(count: number): Promise<string> {
  const names = new Names({ servers: [address] });
  await find(names, 'answered.test');
  const begun = performance.now();
  let firstFailure = Number.NaN;
  let goesOn = true;
  const askAgain = async (name: string): Promise<void> => {
    while (goesOn) {
      const failed = find(names, name).then(() => {
        if (Number.isNaN(firstFailure)) firstFailure = performance.now() - begun;
      });
      await Promise.race([failed.then(() => delay(100)), delay(DIAL_MS)]);
    }
  };
  const before = process.cpuUsage();
  for (let id = 0; id < count; id++) void askAgain(`silent-${count}-${id}.test`);
  const times: number[] = [];
  let missing = 0;
  for (let turn = 0; turn < ASKED || (count > 0 && performance.now() - begun < DIAL_MS * 2); turn++) {
    const asked = performance.now();
    if (!(await find(names, 'answered.test'))) missing++;
    times.push(performance.now() - asked);
    await delay(BETWEEN_MS);
  }
  const { user, system } = process.cpuUsage(before);
  goesOn = false;
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(1);
  return [
    count,
    `${at(0.5)} / ${at(0.95)} / ${at(1)}`,
    `${missing} of ${times.length}`,
    Math.round((user + system) / 1000),
    (firstFailure / 1000).toFixed(1),
  ].join(' | ');
}

function find(names: Names, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    names.lookUp(name, { all: true }, (error) => resolve(error === null));
  });
}
