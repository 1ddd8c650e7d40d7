import { parentPort } from 'node:worker_threads';
import { type Finding, writeFinding } from './finding.ts';

/** What a thread with cases tells: how far it is, what it has found, or that it is done. */
export type Report<Tally> =
  | { readonly kind: 'progress' | 'done'; readonly tally: Tally }
  | { readonly kind: 'finding'; readonly difference: string; readonly path: string };

const REPORT_EVERY_MS = 1000;
/** One fault gives many findings; more of them say nothing new. */
const MAX_FINDINGS = 100;

/** What this thread tells the one that has started it. */
export class WorkerReport<Tally> {
  #reported = performance.now();
  #findings = 0;

  readonly onFinding = (finding: Finding): void => {
    if (++this.#findings > MAX_FINDINGS) throw new Error('too many findings');
    this.#send({ kind: 'finding', difference: finding.difference, path: writeFinding(finding) });
  };

  /** Now and then. */
  readonly onProgress = (tally: Tally): void => {
    if (performance.now() - this.#reported < REPORT_EVERY_MS) return;
    this.#reported = performance.now();
    this.#send({ kind: 'progress', tally });
  };

  done(tally: Tally): void {
    this.#send({ kind: 'done', tally });
  }

  #send(report: Report<Tally>): void {
    parentPort!.postMessage(report);
  }
}
