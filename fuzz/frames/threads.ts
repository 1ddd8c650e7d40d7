import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { leaks, type Range } from '../memory-run.ts';
import type { Report } from '../worker-report.ts';
import { type FramesTally, newTally } from './tally.ts';

const PROGRESS_MS = 30_000;

/** Runs a seed's cases in so many threads, each with a process of nghttp2; answers the number of findings. */
export async function runFrames(
  { seed, count, jobs }: { readonly seed: number; readonly count: number; readonly jobs: number },
  say: (line: string) => void,
): Promise<number> {
  const began = performance.now();
  const tallies = new Map<number, FramesTally>();
  let findings = 0;
  let said = began;
  const onReport = (job: number, report: Report<FramesTally>) => {
    if (report.kind === 'finding') {
      findings++;
      say(`${report.difference}\n  ${report.path}`);
      return;
    }
    tallies.set(job, report.tally);
    if (report.kind === 'done' && leaks(report.tally)) findings++;
    if (performance.now() - said < PROGRESS_MS) return;
    said = performance.now();
    say(progress(together(tallies), count, findings, said - began));
  };
  const running = Array.from({ length: jobs }, async (_, job) => {
    const at = (share: number) => Math.floor((count * share) / jobs);
    const workerData: Range = { seed, first: at(job), end: at(job + 1) };
    if (workerData.first === workerData.end) return;
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData });
    worker.on('message', (report: Report<FramesTally>) => onReport(job, report));
    const [code] = await once(worker, 'exit');
    if (code !== 0) findings++;
  });
  await Promise.all(running);
  say(summary([...tallies.values()], together(tallies), findings, performance.now() - began));
  return findings;
}

function together(tallies: ReadonlyMap<number, FramesTally>): FramesTally {
  const sum = newTally();
  for (const tally of tallies.values())
    for (const key of Object.keys(sum) as (keyof FramesTally)[]) sum[key] += tally[key];
  return sum;
}

function progress({ cases }: FramesTally, count: number, findings: number, ms: number): string {
  const left = ((count - cases) * ms) / cases / 60_000;
  return `${cases} connections in memory, ${rate(cases, ms)}, ${findings} findings; ${left.toFixed(0)} min left`;
}

function summary(each: readonly FramesTally[], sum: FramesTally, findings: number, ms: number): string {
  const { cases, tables, taken, untaken, ended, alike, deaths } = sum;
  const heap = each.map(
    (tally) =>
      `${megabytes(tally.heapBefore)} early, ${megabytes(tally.heapAfter)} at the end${leaks(tally) ? ': LEAK' : ''}`,
  );
  return (
    `HTTP/2 in memory: ${cases} connections, ${tables} tables of header blocks, ${rate(cases, ms)}, ${findings} findings; ` +
    `heap ${heap.join('; ')}\n` +
    `  messages taken ${taken}, by nghttp2 ${alike}; streams without one ${untaken}; connections ended ${ended}; ` +
    `nghttp2 ended by a case: ${deaths}`
  );
}

function rate(cases: number, ms: number): string {
  return `${(ms / 1000).toFixed(0)} s, ${((cases / ms) * 1000).toFixed(0)}/s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
