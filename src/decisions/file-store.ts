import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Decision, DecisionEntry, JsonObject } from './decision.ts';
import type { DecisionLog } from './decision-log.ts';
import type {
  DecisionListener,
  DecisionStore,
  HistoryOutcome,
  Refused,
  StoreState,
  WriteOutcome,
} from './decision-store.ts';
import type { DecisionsFile } from './decisions-file.ts';
import type { LatestDecisions } from './latest-decisions.ts';
import { isRefused, putRequest, removeRequest, type WriteRequest } from './write-request.ts';

export interface FileStoreOptions {
  readonly file: DecisionsFile;
  /** What it holds is kept until the file has been read, and is what the file has lost, or begins with. */
  readonly latest: LatestDecisions;
  readonly log: ComponentLog;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** A write whose turn has not come. */
interface Waiting {
  readonly request: WriteRequest;
  resolve(outcome: WriteOutcome): void;
  reject(error: unknown): void;
}

/** Between two attempts on a file that could not be read or written. Milliseconds. */
const RETRY_MS = 5000;

/** The decisions of a router that has no other to agree with. */
export class FileStore implements DecisionStore {
  readonly #options: FileStoreOptions;
  readonly #retry: NodeJS.Timeout;
  /** Null: not read yet. */
  #log: DecisionLog | null = null;
  #state: StoreState;
  /** The file has a format that must not be written over. */
  #refusal: Refused | null = null;
  /** One after the other: each step follows from the one before. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: FileStoreOptions) {
    this.#options = options;
    this.#state = { name: 'away', since: options.now(), why: `${options.file.path} has not been read yet` };
    this.#retry = every(RETRY_MS, ONE_ROUND, () => {
      if (this.#state.name === 'away') inBackground(ONE_ROUND, this.open());
    });
  }

  get state(): StoreState {
    return this.#state;
  }

  /** Resolves when the file has been read, or could not be; it is tried again then. */
  async open(): Promise<void> {
    await this.#inTurn(() => this.#tryAgain());
  }

  current(): readonly Decision[] {
    return this.#options.latest.all();
  }

  put(key: string, value: JsonObject, by: string, expected: number): Promise<WriteOutcome> {
    return this.#write(putRequest(this.#options.latest, key, value, by, expected));
  }

  remove(key: string, by: string, expected: number): Promise<WriteOutcome> {
    return this.#write(removeRequest(key, by, expected));
  }

  async history(key: string): Promise<HistoryOutcome> {
    const log = this.#log;
    if (log === null) return { outcome: 'away', why: this.#why() };
    return { outcome: 'ok', entries: log.history(key) };
  }

  watch(listener: DecisionListener): () => void {
    return this.#options.latest.watch(listener);
  }

  /** Resolves when what was begun has been written. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#retry);
    await this.#turn;
  }

  async #write(request: WriteRequest | Refused): Promise<WriteOutcome> {
    if (isRefused(request)) return request;
    const { promise, resolve, reject } = Promise.withResolvers<WriteOutcome>();
    this.#waiting.push({ request, resolve, reject });
    inBackground(
      ONE_ROUND,
      this.#inTurn(() => this.#writeWaiting()),
    );
    return promise;
  }

  /** All that have come while the file was written before: to write it once takes as long as for one of them. */
  async #writeWaiting(): Promise<void> {
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    try {
      const outcomes = await this.#outcomesOf(batch.map(({ request }) => request));
      for (const [at, { resolve }] of batch.entries()) resolve(outcomes[at]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
      throw error;
    }
  }

  /** One of each key: what follows on that has its own turn. */
  #takeBatch(): Waiting[] {
    const keys = new Set<string>();
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    for (const waiting of this.#waiting.splice(0)) {
      const { key } = waiting.request;
      if (keys.has(key)) later.push(waiting);
      else batch.push(waiting);
      keys.add(key);
    }
    this.#waiting.push(...later);
    return batch;
  }

  /** In the same order. */
  async #outcomesOf(requests: readonly WriteRequest[]): Promise<WriteOutcome[]> {
    const all = (outcome: WriteOutcome): WriteOutcome[] => requests.map(() => outcome);
    if (this.#closed) return all({ outcome: 'away', why: 'the store is closed' });
    if (this.#log === null) await this.#read();
    if (this.#refusal !== null) return all(this.#refusal);
    const log = this.#log;
    if (log === null) return all({ outcome: 'away', why: this.#why() });
    const steps: DecisionEntry[] = [];
    const outcomes: WriteOutcome[] = [];
    for (const request of requests) {
      const step = log.step(request, this.#options.now(), steps.length);
      if ('outcome' in step) outcomes.push(step);
      else {
        steps.push(step);
        outcomes.push({ outcome: 'ok', revision: step.revision });
      }
    }
    if (steps.length === 0) return outcomes;
    if (!(await this.#save(log.with(...steps)))) {
      const away: WriteOutcome = { outcome: 'away', why: this.#why() };
      return outcomes.map((outcome) => (outcome.outcome === 'ok' ? away : outcome));
    }
    for (const step of steps) this.#options.latest.apply(step);
    return outcomes;
  }

  async #read(): Promise<void> {
    if (this.#log !== null || this.#refusal !== null) return;
    const { file, latest } = this.#options;
    try {
      const isThere = file.presence === 'present';
      const read = await file.read();
      if (!read.ok) {
        this.#refusal = { outcome: 'refused', why: `${file.path}: ${read.why}` };
        this.#leave(this.#refusal.why);
        return;
      }
      const isWhole = isThere && read.rejected.length === 0;
      this.#log = isWhole ? read.log : read.log.completedBy(latest.all(), latest.revision);
      latest.replace(this.#log.latest());
      this.#arrive();
    } catch (error) {
      this.#leave(`cannot read ${file.path}: ${(error as Error).message}`);
    }
  }

  async #save(next: DecisionLog): Promise<boolean> {
    const { file } = this.#options;
    try {
      await file.write(next);
    } catch (error) {
      this.#leave(`cannot write ${file.path}: ${(error as Error).message}`);
      return false;
    }
    this.#log = next;
    this.#arrive();
    return true;
  }

  /** What has been read before is written again, which shows whether it can be. */
  async #tryAgain(): Promise<void> {
    if (this.#closed) return;
    if (this.#log === null) await this.#read();
    else await this.#save(this.#log);
  }

  #arrive(): void {
    if (this.#state.name === 'away') this.#options.log.info('decision-store-reachable', { store: 'file' });
    this.#state = { name: 'reachable' };
  }

  #leave(why: string): void {
    const { log, now } = this.#options;
    const before = this.#state;
    if (before.name === 'reachable' || before.why !== why) {
      log.error('decision-store-away', { store: 'file', error: why });
    }
    this.#state = { name: 'away', since: before.name === 'away' ? before.since : now(), why };
  }

  #why(): string {
    return this.#state.name === 'away' ? this.#state.why : '';
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#turn;
    const result = (async () => {
      await before;
      return work();
    })();
    // A step that fails, by a fault of ours, is not to keep the next one from its turn.
    this.#turn = result.catch(() => {});
    return result;
  }
}
