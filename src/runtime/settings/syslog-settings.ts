import type { Config } from '../../config/schema.ts';
import type { SyslogOptions } from '../../telemetry/syslog-message.ts';
import { hostAndPort } from './host-and-port.ts';

/** Where the access log is streamed to; `null`: nowhere. @throws {StartError} */
export function syslogSettings({ access_log, logging }: Config): SyslogOptions | null {
  if (!access_log.enable_streaming) return null;
  const { host, port } = hostAndPort('logging.syslog_addr', logging.syslog_addr);
  return {
    network: logging.syslog_network,
    host,
    port,
    appName: logging.syslog || 'gorouter',
    truncate: logging.syslog_truncate,
  };
}
