import { parentPort, workerData } from 'node:worker_threads';
import { type Finding, writeFinding } from '../finding.ts';
import type { Range } from '../memory-run.ts';
import { FramesLayer } from './run.ts';
import type { FramesTally } from './tally.ts';

/** What a thread tells: how far it is, what it has found, or that it is done. */
export type FramesReport =
  | { readonly kind: 'progress' | 'done'; readonly tally: FramesTally }
  | { readonly kind: 'finding'; readonly difference: string; readonly path: string };

const REPORT_EVERY_MS = 1000;
/** One fault gives many findings; more of them say nothing new. */
const MAX_FINDINGS = 100;

let reported = performance.now();
let findings = 0;

const layer = new FramesLayer();
try {
  const tally = await layer.run(workerData as Range, onFinding, (soFar) => {
    if (performance.now() - reported < REPORT_EVERY_MS) return;
    reported = performance.now();
    report({ kind: 'progress', tally: soFar });
  });
  report({ kind: 'done', tally });
} finally {
  layer.stop();
}

function onFinding(finding: Finding): void {
  if (++findings > MAX_FINDINGS) throw new Error('too many findings');
  report({ kind: 'finding', difference: finding.difference, path: writeFinding(finding) });
}

function report(message: FramesReport): void {
  parentPort!.postMessage(message);
}
