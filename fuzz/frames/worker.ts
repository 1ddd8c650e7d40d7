import { workerData } from 'node:worker_threads';
import type { Range } from '../memory-run.ts';
import { WorkerReport } from '../worker-report.ts';
import { FramesLayer } from './run.ts';
import type { FramesTally } from './tally.ts';

const report = new WorkerReport<FramesTally>();
const layer = new FramesLayer();
try {
  report.done(await layer.run(workerData as Range, report.onFinding, report.onProgress));
} finally {
  layer.stop();
}
