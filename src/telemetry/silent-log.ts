import type { ComponentLog } from './component-log.ts';

/** For whoever must have a log that nobody reads. */
export const SILENT: ComponentLog = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
  child: () => SILENT,
  flush() {},
};
