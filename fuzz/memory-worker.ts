import { workerData } from 'node:worker_threads';
import { type Range, runInMemory, type Tally } from './memory-run.ts';
import { WorkerReport } from './worker-report.ts';

const report = new WorkerReport<Tally>();
report.done(await runInMemory(workerData as Range, report.onFinding, report.onProgress));
