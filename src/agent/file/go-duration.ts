import { parseDuration } from '../../config/schema/duration.ts';

export type GoDuration =
  /** Milliseconds; what is negative is less than 0. */
  | { readonly ok: true; readonly milliseconds: number }
  /** In the words of Go's library. */
  | { readonly ok: false; readonly error: string };

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const UNKNOWN_UNIT = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*(?:\d+\.?\d*|\.\d+)([^\d.]+)/;

/** A duration as Go's `time.ParseDuration` takes it. */
export function readGoDuration(text: string): GoDuration {
  const parsed = parseDuration(text);
  if (typeof parsed === 'number') return { ok: true, milliseconds: parsed };
  if (parsed === 'too-long')
    return { ok: false, error: `time: ${JSON.stringify(text)} is longer than 24 days` };
  if (parsed === 'negative') {
    const opposite = parseDuration(text.slice(1));
    return { ok: true, milliseconds: typeof opposite === 'number' ? -opposite : Number.NEGATIVE_INFINITY };
  }
  const shown = JSON.stringify(text.slice(0, 64));
  if (NUMBER.test(text)) return { ok: false, error: `time: missing unit in duration ${shown}` };
  const unit = UNKNOWN_UNIT.exec(text)?.[1];
  if (unit === undefined) return { ok: false, error: `time: invalid duration ${shown}` };
  return {
    ok: false,
    error: `time: unknown unit ${JSON.stringify(unit.slice(0, 64))} in duration ${shown}`,
  };
}

/** As Go prints it: `1m30s`, `500ms`, `0s`. */
export function goDurationText(milliseconds: number): string {
  if (milliseconds < 0) return `-${goDurationText(-milliseconds)}`;
  if (milliseconds === 0) return '0s';
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const seconds = Math.round((milliseconds % 60_000) / 0.001) / 1_000_000;
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const hours = Math.floor(milliseconds / 3_600_000);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
