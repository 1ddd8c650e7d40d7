import type { Figures, InstanceFigures, WindowFigures } from './app-figures.ts';

export function figuresJson({ inFlight, windows }: Figures) {
  return { in_flight: inFlight, windows: windows.map(windowJson) };
}

export function instanceFiguresJson({ instance, index, address, ...figures }: InstanceFigures): object {
  return { instance, index, address, ...figuresJson(figures) };
}

function windowJson({
  over,
  seconds,
  requests,
  perSecond,
  errors,
  errorsPerSecond,
  p50,
  p95,
}: WindowFigures) {
  return {
    over_seconds: over,
    covers_seconds: seconds,
    requests,
    requests_per_second: round(perSecond),
    errors,
    errors_per_second: round(errorsPerSecond),
    p50_ms: p50 === null ? null : round(p50),
    p95_ms: p95 === null ? null : round(p95),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
