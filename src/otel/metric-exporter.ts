import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after, every } from '../boundary/timers.ts';
import type { Complaints } from './complaints.ts';
import type { Delivery } from './delivery.ts';
import type { Reading } from './reading.ts';

export interface MetricExporterOptions {
  /** Milliseconds. */
  readonly interval: number;
  readonly delivery: Pick<Delivery<Reading>, 'deliver' | 'hurry' | 'end'>;
  readonly complaints: Complaints;
  readonly read: () => readonly Reading[];
}

/** Reads the router's figures again and again and has them delivered; while one is under way the next is left out. */
export class MetricExporter {
  readonly #options: MetricExporterOptions;
  readonly #timer: NodeJS.Timeout;
  #underWay: Promise<void> | null = null;

  constructor(options: MetricExporterOptions) {
    this.#options = options;
    this.#timer = every(options.interval, ONE_ROUND, () => this.#export());
  }

  /** Sends the last figures, in that time at most. Milliseconds. */
  async close(limit: number): Promise<void> {
    const { delivery } = this.#options;
    clearInterval(this.#timer);
    delivery.hurry();
    const end = after(limit, ONE_ROUND, () => delivery.end());
    try {
      // What has failed has been given up already.
      await this.#underWay?.catch(() => {});
      await this.#deliver();
    } finally {
      clearTimeout(end);
      delivery.end();
    }
  }

  #export(): void {
    if (this.#underWay !== null) return;
    this.#underWay = this.#deliver();
    inBackground(ONE_ROUND, this.#underWay);
  }

  async #deliver(): Promise<void> {
    const { read, delivery, complaints } = this.#options;
    try {
      const readings = read();
      complaints.delivered(await delivery.deliver(readings), readings.length);
    } finally {
      this.#underWay = null;
    }
  }
}
