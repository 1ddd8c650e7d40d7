import { RoutingApi } from '../routing-api/routing-api.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { ApiChannel } from './api-channel.ts';
import type { RoutingApiEntry } from './file/server-entries.ts';
import { apiSettings } from './server-settings.ts';

/** A file of its own: an agent without TCP routes does without the HTTP client. @throws {UnusableFile} */
export function openApi(entry: RoutingApiEntry, log: ComponentLog): ApiChannel {
  return new ApiChannel(new RoutingApi(apiSettings(entry), log), entry.maxTtl, log);
}
