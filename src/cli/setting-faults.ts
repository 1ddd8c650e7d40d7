import type { Config } from '../config/schema.ts';
import { hostAndPort } from '../runtime/settings/host-and-port.ts';
import { httpSettings } from '../runtime/settings/http-settings.ts';
import { loggregatorSettings } from '../runtime/settings/metron-settings.ts';
import { StartError } from '../runtime/settings/start-error.ts';
import { syslogSettings } from '../runtime/settings/syslog-settings.ts';
import { checkTcpTls, tcpSettings } from '../runtime/settings/tcp-settings.ts';
import { checkTls } from '../runtime/settings/tls-settings.ts';
import type { MachineFault } from './machine-fault.ts';

/** What a start makes of values that the file's own check lets pass: addresses, and what OpenSSL will not take. */
export function settingFaults(config: Config): MachineFault[] {
  const { debug_addr } = config;
  return [
    ...fault('error', () => checkTls(httpSettings(config))),
    ...fault('error', () => {
      const tcp = tcpSettings(config);
      if (tcp !== null) checkTcpTls(tcp);
    }),
    ...fault('error', () => syslogSettings(config)),
    ...fault('error', () => loggregatorSettings(config)),
    // The router goes on without.
    ...fault('warning', () => debug_addr !== '' && hostAndPort('debug_addr', debug_addr, 0)),
  ];
}

function fault(kind: MachineFault['kind'], make: () => unknown): MachineFault[] {
  try {
    make();
    return [];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return [{ kind, sentence: error.message }];
  }
}
