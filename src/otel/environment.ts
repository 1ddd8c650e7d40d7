import { readExport } from './export-variables.ts';
import { readPairs } from './pairs.ts';
import { readSampling } from './sampler-variables.ts';
import type { MetricSettings, OtelSettings, TraceSettings } from './settings.ts';
import { type Environment, type Range, Variables } from './variables.ts';

export interface OtelReading {
  readonly settings: OtelSettings;
  /** A sentence each: the variable, its value where it is no secret, what is allowed, what is used instead. */
  readonly warnings: readonly string[];
}

const MILLISECONDS: Range = [1, 24 * 3600 * 1000];
const SPANS: Range = [1, 65_536];
const RESOURCE = 'OTEL_RESOURCE_ATTRIBUTES';

/** What the OTEL_ variables of an environment mean (docs/opentelemetry.md). */
export function readOtelEnvironment(environment: Environment): OtelReading {
  const variables = new Variables(environment);
  if (variables.flag('OTEL_SDK_DISABLED')) {
    return { settings: { resource: {}, traces: null, metrics: null }, warnings: variables.warnings };
  }
  const traces = readTraces(variables);
  const metrics = readMetrics(variables);
  const isOn = traces !== null || metrics !== null;
  const settings = { resource: isOn ? readResource(variables) : {}, traces, metrics };
  return { settings, warnings: [...new Set(variables.warnings)] };
}

function readTraces(variables: Variables): TraceSettings | null {
  const target = readExport(variables, 'traces');
  if (target === null) return null;
  const count = (name: string, range: Range, otherwise: number, unit: string): number =>
    variables.count([`OTEL_BSP_${name}`], range, otherwise, unit);
  const maxQueue = count('MAX_QUEUE_SIZE', SPANS, 2048, 'spans');
  const maxBatch = count('MAX_EXPORT_BATCH_SIZE', SPANS, Math.min(512, maxQueue), 'spans');
  if (maxBatch > maxQueue) {
    const allowed = `no more than OTEL_BSP_MAX_QUEUE_SIZE, ${maxQueue}`;
    variables.warn('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', allowed, `${maxQueue} is used`);
  }
  return {
    ...target,
    sampling: readSampling(variables),
    maxQueue,
    maxBatch: Math.min(maxBatch, maxQueue),
    delay: count('SCHEDULE_DELAY', MILLISECONDS, 5000, 'milliseconds'),
    exportTimeout: count('EXPORT_TIMEOUT', MILLISECONDS, 30_000, 'milliseconds'),
  };
}

function readMetrics(variables: Variables): MetricSettings | null {
  const target = readExport(variables, 'metrics');
  if (target === null) return null;
  const count = (name: string, otherwise: number): number =>
    variables.count([`OTEL_METRIC_EXPORT_${name}`], MILLISECONDS, otherwise, 'milliseconds');
  return { ...target, interval: count('INTERVAL', 60_000), exportTimeout: count('TIMEOUT', 30_000) };
}

function readResource(variables: Variables): Record<string, string> {
  const attributes = readPairs(variables, RESOURCE, 'attributes');
  const name = variables.text('OTEL_SERVICE_NAME') || attributes['service.name'] || 'cellgate';
  return { ...attributes, 'service.name': name };
}
