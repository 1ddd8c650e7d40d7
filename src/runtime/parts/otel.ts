import packageJson from '../../../package.json' with { type: 'json' };
import type { Sampling } from '../../http/policy/sampling.ts';
import { readOtelEnvironment } from '../../otel/environment.ts';
import { originOf } from '../../otel/origin.ts';
import { type RouterFigures, routerReadings } from '../../otel/router-readings.ts';
import type { OtelSettings } from '../../otel/settings.ts';
import type { Telemetry } from '../../otel/telemetry.ts';
import type { Environment } from '../../otel/variables.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { SPANS_DROPPED, type ThreadCounters } from '../../telemetry/counters.ts';
import type { Span } from '../../telemetry/span.ts';
import type { Part } from './part.ts';

export interface OtelPartOptions {
  /** Of this router in the roll-call. */
  readonly id: string;
  readonly counters: ThreadCounters;
  readonly figures: () => RouterFigures;
  readonly log: ComponentLog;
}

/** Spans and metrics for collectors of OpenTelemetry, where the environment names some (docs/opentelemetry.md). */
export class OtelPart implements Part {
  readonly name = 'otel';
  readonly #options: OtelPartOptions;
  readonly #settings: OtelSettings;
  readonly #warnings: readonly string[];
  #telemetry: Telemetry | null = null;

  /** @param environment read once: what it says holds until the router ends, whatever is reloaded */
  constructor(options: OtelPartOptions, environment: Environment = process.env) {
    this.#options = options;
    const { settings, warnings } = readOtelEnvironment(environment);
    this.#settings = settings;
    this.#warnings = warnings;
  }

  /** Which requests become spans; `null`: none. */
  get sampling(): Sampling | null {
    return this.#settings.traces?.sampling ?? null;
  }

  async start(): Promise<void> {
    const { id, counters, figures, log } = this.#options;
    for (const warning of this.#warnings) log.warn('environment', { warning });
    const settings = this.#settings;
    if (settings.traces === null && settings.metrics === null) return;
    const { Telemetry } = await import('../../otel/telemetry.ts');
    const origin = originOf(settings.resource, id, packageJson.version);
    this.#telemetry = await Telemetry.start({
      settings,
      origin,
      counters,
      read: () => routerReadings(figures()),
      log,
    });
  }

  /** What threads have seen. */
  take(spans: readonly Span[]): void {
    if (this.#telemetry === null) this.#options.counters.addBy(SPANS_DROPPED, spans.length);
    else this.#telemetry.add(spans);
  }

  /** After the threads, whose last spans are sent. */
  async stop(): Promise<void> {
    await this.#telemetry?.close();
  }
}
