import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { ThreadCounters } from '../telemetry/counters.ts';
import type { Span } from '../telemetry/span.ts';
import { type Codec, metricCodec, spanCodec } from './codec.ts';
import { Collector } from './collector.ts';
import { Complaints } from './complaints.ts';
import { Delivery } from './delivery.ts';
import { MetricExporter } from './metric-exporter.ts';
import type { Origin } from './origin.ts';
import type { Reading } from './reading.ts';
import type { ExportSettings, OtelSettings } from './settings.ts';
import { SpanExporter } from './span-exporter.ts';
import { SpanTally } from './span-tally.ts';

export interface TelemetryOptions {
  readonly settings: OtelSettings;
  readonly origin: Origin;
  readonly counters: ThreadCounters;
  readonly read: () => readonly Reading[];
  readonly log: ComponentLog;
}

/** What goes to collectors of OpenTelemetry, as far as it is wanted. */
export class Telemetry {
  readonly #options: TelemetryOptions;
  readonly #collectors: Collector[] = [];
  #spans: SpanExporter | null = null;
  #metrics: MetricExporter | null = null;

  private constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  static async start(options: TelemetryOptions): Promise<Telemetry> {
    const telemetry = new Telemetry(options);
    await telemetry.#start();
    return telemetry;
  }

  add(spans: readonly Span[]): void {
    this.#spans?.add(spans);
  }

  /** Sends what is left, within the time that a request may take. */
  async close(): Promise<void> {
    const { traces, metrics } = this.#options.settings;
    try {
      await Promise.all([this.#spans?.close(traces!.timeout), this.#metrics?.close(metrics!.timeout)]);
    } finally {
      for (const collector of this.#collectors) collector.close();
    }
  }

  async #start(): Promise<void> {
    const { settings, origin, counters, read, log } = this.#options;
    const { traces, metrics } = settings;
    if (traces !== null) {
      const codec = await spanCodec(traces.encoding, origin);
      this.#spans = new SpanExporter({
        settings: traces,
        tally: new SpanTally(counters),
        ...(await this.#way('traces', traces, traces.exportTimeout, codec)),
      });
    }
    if (metrics !== null) {
      const codec = await metricCodec(metrics.encoding, origin, Date.now(), Date.now);
      this.#metrics = new MetricExporter({
        interval: metrics.interval,
        read,
        ...(await this.#way('metrics', metrics, metrics.exportTimeout, codec)),
      });
    }
    log.info('otel-started', { traces: originOfUrl(traces), metrics: originOfUrl(metrics) });
  }

  async #way<Item>(signal: string, settings: ExportSettings, limit: number, codec: Codec<Item>) {
    const clock = () => performance.now();
    const ca = await this.#readAuthorities(settings.certificateFile);
    const collector = new Collector(settings, ca, this.#options.origin.scope.version);
    this.#collectors.push(collector);
    return {
      delivery: new Delivery({ collector, codec, limit, clock, chance: Math.random }),
      complaints: new Complaints(this.#options.log, { signal, collector: collector.name }, clock),
    };
  }

  /** PEM; empty: the system's are used. */
  async #readAuthorities(file: string): Promise<string> {
    if (file === '') return '';
    try {
      const text = await readFile(file, 'utf8');
      if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
      throw new Error('no certificate in PEM');
    } catch (error) {
      const { message } = error as Error;
      this.#options.log.warn('otel-certificate-unreadable', { file, error: message });
      return '';
    }
  }
}

/** Without the path, in which some have a secret. */
function originOfUrl(settings: ExportSettings | null): string {
  return settings === null ? 'none' : new URL(settings.url).origin;
}
