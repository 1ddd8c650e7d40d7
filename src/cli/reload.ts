import { readConfig } from '../config/read.ts';
import type { Router } from '../runtime/router.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';

/** Reads the file anew. One that is not right changes nothing, and every problem is a log line that names its key. */
export function reload(
  router: Pick<Router, 'reload' | 'refuseReload'>,
  configFile: string | null,
  log: ComponentLog,
): void {
  if (configFile === null) {
    log.info('configuration-reload-ignored', { reason: 'the router was started without a file' });
    return;
  }
  const read = readConfig(configFile);
  if (!read.ok) {
    router.refuseReload(read.problems);
    return;
  }
  for (const warning of read.warnings) log.warn('configuration', { warning });
  router.reload(read.config, read.given);
}
