import { performance } from 'node:perf_hooks';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { Inquiry } from '../../roll-call/inquiry.ts';
import { type Figures, figuresJson, readFigures } from '../history/figures.ts';
import type { BusPart } from './bus.ts';
import type { HistoryPart } from './history.ts';
import type { Part } from './part.ts';

/** What routers have to say what they did. */
const PATIENCE_MS = 800;
/** How old what others said may be. */
const AGE_MS = 5000;
/** Bytes of an answer. */
const LONGEST = 16 * 1024;

export interface FiguresPartOptions {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  readonly bus: BusPart;
  readonly history: Pick<HistoryPart, 'router'>;
  /** All that the roll-call knows, this one among them. */
  routers(): readonly string[];
}

/** What all routers that share the bus did in the last minute; they are asked while somebody looks, and not else. */
export class FiguresPart implements Part {
  readonly name = 'figures';
  readonly #options: FiguresPartOptions;
  readonly #inquiry: Inquiry<object, Figures>;
  #heard: ReadonlyMap<string, Figures> = new Map();
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Null: nobody is asked. */
  #asking: Promise<void> | null = null;

  constructor(options: FiguresPartOptions) {
    this.#options = options;
    this.#inquiry = new Inquiry({
      id: options.id,
      name: 'figures',
      longest: LONGEST,
      readQuestion: () => ({}),
      readAnswer: readFigures,
      answer: () => this.own(),
      write: figuresJson,
    });
  }

  start(): void {
    this.#options.bus.whenFound((client) => this.#inquiry.connect(client));
  }

  stop(): void {
    this.#inquiry.stop();
  }

  /** What this router did. */
  own(): Figures {
    const { series, lastMinute } = this.#options.history.router;
    const last = (name: 'in_flight' | 'busiest_thread'): number =>
      series.from(series.count - 1, name)[0] ?? 0;
    const none = { requests: 0, failed: 0, refused: 0, latency: [], seconds: 0 };
    return {
      ...(lastMinute ?? none),
      inFlight: last('in_flight'),
      busy: Math.min(1, last('busiest_thread')),
    };
  }

  /** By router, those that answered last; nobody waits for one that does not, but the first who asks. */
  async all(): Promise<ReadonlyMap<string, Figures>> {
    const { id } = this.#options;
    if (performance.now() - this.#askedAt > AGE_MS && this.#asking === null) {
      this.#asking = this.#ask().finally(() => {
        this.#asking = null;
      });
      // Most of the time nobody waits for it.
      inBackground(ONE_ROUND, this.#asking);
    }
    if (this.#heard.size === 0) await this.#asking;
    return new Map(this.#heard).set(id, this.own());
  }

  async #ask(): Promise<void> {
    this.#heard = await this.#inquiry.ask({}, PATIENCE_MS, this.#options.routers());
    this.#askedAt = performance.now();
  }
}
