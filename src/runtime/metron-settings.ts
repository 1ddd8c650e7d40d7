import type { Config } from '../config/schema.ts';
import type { MetronAddress } from '../telemetry/metron.ts';
import { hostAndPort } from './host-and-port.ts';

export interface LoggregatorSettings {
  readonly metron: MetronAddress;
  /** The router's index. */
  readonly sourceInstance: string;
}

/** Where applications' lines go; `null`: nowhere. @throws {StartError} */
export function loggregatorSettings({ logging, index }: Config): LoggregatorSettings | null {
  if (!logging.loggregator_enabled) return null;
  return {
    metron: hostAndPort('logging.metron_address', logging.metron_address),
    sourceInstance: String(index),
  };
}
