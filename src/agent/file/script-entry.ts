import type { ScriptCheck } from '../route/check.ts';
import { FaultTree } from './fault-tree.ts';
import type { Fields } from './fields.ts';
import { goDurationText, readGoDuration } from './go-duration.ts';

/**
 * `health_check` of a route, with route-registrar's sentences for what is wrong.
 * @param interval milliseconds between registrations; null: that is wrong itself
 */
export function readScript(fields: Fields, interval: number | null): ScriptCheck | FaultTree {
  const faults = new FaultTree('healthcheck');
  const name = fields.text('name');
  const path = fields.text('script_path');
  const written = fields.text('timeout');
  fields.warnOfUnknown();
  if (name === '') faults.add('no name');
  if (path === '') faults.add('no script_path');
  const timeout = written === '' && interval !== null ? interval / 2 : readTimeout(written, interval, faults);
  return faults.count > 0 ? faults : { kind: 'script', name, path, timeout };
}

function readTimeout(written: string, interval: number | null, faults: FaultTree): number {
  const read = readGoDuration(written);
  if (!read.ok) {
    faults.add(`invalid healthcheck timeout: ${read.error}`);
    return 0;
  }
  const { milliseconds } = read;
  const shown = goDurationText(milliseconds);
  if (milliseconds <= 0) faults.add(`invalid healthcheck timeout: ${shown}`);
  else if (interval !== null && milliseconds >= interval) {
    faults.add(
      `invalid healthcheck timeout: ${shown} must be less than the registration interval: ${goDurationText(interval)}`,
    );
  }
  return milliseconds;
}
