import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { makeCase } from './case.ts';
import { CrossingLayer, type CrossingTally } from './crossing-layer.ts';
import { writeFinding } from './finding.ts';
import { runFrames } from './frames/threads.ts';
import { Http2Layer, type Http2Tally } from './http2-layer.ts';
import { leaks, type Tally } from './memory-run.ts';
import { type Options, parseOptions, USAGE, UsageError } from './options.ts';
import { replay } from './replay.ts';
import { SocketLayer } from './socket-layer.ts';
import type { Report } from './worker-report.ts';

const PROGRESS_MS = 30_000;

try {
  const options = parseOptions(process.argv.slice(2), Date.now() % 2 ** 32);
  if (options.help) process.stdout.write(USAGE);
  else if (options.replay !== undefined) process.exitCode = await replay(options.replay, say);
  else process.exitCode = (await fuzz(options)) === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`fuzz: ${error.message}\n`);
  process.exitCode = 1;
}

/** Answers the number of findings. */
async function fuzz({ seed, count, jobs, sockets, crossings, http2, frames }: Options): Promise<number> {
  say(`seed ${seed}`);
  const began = performance.now();
  const running = Array.from({ length: jobs }, (_, job) => {
    const range = { seed, first: share(count, job, jobs), end: share(count, job + 1, jobs) };
    return runWorker(range, began);
  });
  const inMemory = await Promise.all(running);
  const found = inMemory.reduce((sum, findings) => sum + findings, 0);
  const overAll = sockets === 0 ? 0 : await overSockets(seed, sockets);
  const harmed = crossings === 0 ? 0 : await crossed(seed, crossings);
  const framed = frames === 0 ? 0 : await runFrames({ seed, count: frames, jobs }, say);
  return found + overAll + harmed + framed + (http2 === 0 ? 0 : await overHttp2(seed, http2));
}

function share(count: number, job: number, jobs: number): number {
  return Math.floor((count * job) / jobs);
}

async function runWorker(workerData: { first: number; end: number }, began: number): Promise<number> {
  if (workerData.first === workerData.end) return 0;
  const worker = new Worker(new URL('memory-worker.ts', import.meta.url), { workerData });
  let findings = 0;
  let said = began;
  worker.on('message', (report: Report<Tally>) => {
    if (report.kind === 'finding') {
      findings++;
      say(`${report.difference}\n  ${report.path}`);
    } else if (report.kind === 'done') {
      if (leaks(report.tally)) findings++;
      say(summary(report.tally, findings, began));
    } else if (performance.now() - said > PROGRESS_MS) {
      said = performance.now();
      say(`${report.tally.cases} cases, ${rate(report.tally.cases, began)}`);
    }
  });
  const [code] = await once(worker, 'exit');
  return code === 0 ? findings : findings + 1;
}

function summary(tally: Tally, findings: number, began: number): string {
  const { cases, mutated, ends, heapBefore, heapAfter } = tally;
  const kinds = Object.entries(ends).map(([end, count]) => `${end} ${count}`);
  return (
    `in memory: ${cases} cases, ${mutated} of them mutated, ${rate(cases, began)}, ${findings} findings; ` +
    `heap ${megabytes(heapBefore)} early, ${megabytes(heapAfter)} at the end${leaks(tally) ? ': LEAK' : ''}\n` +
    `  ${kinds.sort().join(', ')}`
  );
}

async function overSockets(seed: number, count: number): Promise<number> {
  const layer = await SocketLayer.start();
  for (const name of layer.missing) say(`${name} is not installed: left out`);
  const began = performance.now();
  let findings = 0;
  for (let index = 0; index < count; index++) {
    const fuzzCase = makeCase(seed, index);
    const { difference, readings } = await layer.run(fuzzCase);
    if (difference === null) continue;
    findings++;
    const path = writeFinding({ name: `sockets-${seed}-${index}`, difference, fuzzCase, readings });
    say(`${difference}\n  ${path}`);
  }
  say(`over sockets: ${count} cases, ${rate(count, began)}, ${findings} findings`);
  await layer.stop();
  return findings;
}

async function crossed(seed: number, count: number): Promise<number> {
  const layer = await CrossingLayer.start();
  const began = performance.now();
  let said = began;
  const progress = ({ crossings }: CrossingTally) => {
    if (performance.now() - said < PROGRESS_MS) return;
    said = performance.now();
    say(`${crossings} crossings, ${rate(crossings, began)}`);
  };
  const { tally, findings, seconds } = await layer.run({ seed, first: 0, end: count }, progress);
  for (const [i, { difference, crossing, readings }] of findings.entries()) {
    say(
      `${difference}\n  ${writeFinding({ name: `crossings-${seed}-${i}`, difference, fuzzCase: crossing, readings })}`,
    );
  }
  const { crossings, reached, answered, threads, panics } = tally;
  say(
    `crossings: ${crossings}, ${seconds.toFixed(0)} s, ${(crossings / seconds).toFixed(0)}/s, ${findings.length} findings; ` +
      `${threads} threads lost, ${panics} panics contained\n  reached a backend ${reached}, answered ${answered}`,
  );
  await layer.stop();
  return findings.length;
}

async function overHttp2(seed: number, count: number): Promise<number> {
  const layer = await Http2Layer.start();
  for (const name of layer.missing) say(`${name} is not installed: left out`);
  const began = performance.now();
  let said = began;
  let findings = 0;
  const progress = ({ cases }: Http2Tally) => {
    if (performance.now() - said < PROGRESS_MS) return;
    said = performance.now();
    say(`${cases} connections of HTTP/2, ${rate(cases, began)}, ${findings} findings`);
  };
  const tally = await layer.run(
    { seed, first: 0, end: count },
    ({ difference, made, readings }) => {
      const name = `http2-${seed}-${findings++}`;
      say(`${difference}\n  ${writeFinding({ name, difference, fuzzCase: made, readings })}`);
    },
    progress,
  );
  const { cases, taken, refused, whole } = tally;
  const deaths = Object.entries(layer.deaths).map(([name, times]) => `${name} ${times}`);
  say(
    `HTTP/2: ${cases} connections, ${rate(cases, began)}, ${findings} findings; ended by a case: ${deaths.join(', ')}\n` +
      `  requests taken ${taken}, refused ${refused}; replies whole ${whole}`,
  );
  await layer.stop();
  return findings;
}

function rate(cases: number, began: number): string {
  const seconds = (performance.now() - began) / 1000;
  return `${seconds.toFixed(0)} s, ${(cases / seconds).toFixed(0)}/s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
