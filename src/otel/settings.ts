import type { Sampling } from '../http/policy/sampling.ts';

/** Where one signal goes, and how. */
export interface ExportSettings {
  /** To which it is posted, `http` or `https`. */
  readonly url: string;
  readonly encoding: 'protobuf' | 'json';
  /** By name; they may hold a secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of one request, milliseconds. */
  readonly timeout: number;
  readonly gzip: boolean;
  /** File with the authorities of the collector's certificate; empty: the system's. */
  readonly certificateFile: string;
}

export interface TraceSettings extends ExportSettings {
  readonly sampling: Sampling;
  /** Spans that wait at most. */
  readonly maxQueue: number;
  /** Spans in one request. */
  readonly maxBatch: number;
  /** Between two requests, milliseconds. */
  readonly delay: number;
  /** Of one batch with all its repetitions, milliseconds. */
  readonly exportTimeout: number;
}

export interface MetricSettings extends ExportSettings {
  /** Between two readings, milliseconds. */
  readonly interval: number;
  /** Of one reading with all its repetitions, milliseconds. */
  readonly exportTimeout: number;
}

/** What the OTEL_ variables of the environment say. */
export interface OtelSettings {
  /** Of the resource, by name. */
  readonly resource: Readonly<Record<string, string>>;
  /** `null`: no spans are made. */
  readonly traces: TraceSettings | null;
  /** `null`: no metrics are sent. */
  readonly metrics: MetricSettings | null;
}
