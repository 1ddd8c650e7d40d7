import type { Config } from '../../config/schema.ts';
import type { StartStopWishes } from '../../http/account/start-stop-events.ts';
import type { MetronAddress } from '../../telemetry/metron.ts';
import { hostAndPort } from './host-and-port.ts';

/** What proxy threads tell Loggregator. */
export interface LoggregatorSettings {
  readonly metron: MetronAddress;
  /** Whether applications get their lines of the access log. */
  readonly appLines: boolean;
  /** The router's index. */
  readonly sourceInstance: string;
  /** Whether metrics of each request go there. */
  readonly values: boolean;
  readonly events: StartStopWishes;
}

/** `null`: nothing. @throws {StartError} */
export function loggregatorSettings(config: Config): LoggregatorSettings | null {
  const { logging, index, enable_envelope_v1_metrics: metrics } = config;
  const events = {
    server: config.send_http_start_stop_server_event,
    client: config.send_http_start_stop_client_event,
  };
  if (!logging.loggregator_enabled && !metrics && !events.server && !events.client) return null;
  return {
    metron: metronAddress(config),
    appLines: logging.loggregator_enabled,
    sourceInstance: String(index),
    values: metrics && config.per_request_metrics_reporting,
    events,
  };
}

/** @throws {StartError} */
export function metronAddress({ logging }: Config): MetronAddress {
  return hostAndPort('logging.metron_address', logging.metron_address);
}
