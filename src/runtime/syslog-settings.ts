import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Config } from '../config/schema.ts';
import type { SyslogOptions } from '../telemetry/syslog.ts';
import { StartError } from './start-error.ts';

const DIAL_LIMIT_MS = 10_000;

/** Where the access log is streamed to; `null`: nowhere. @throws {StartError} */
export function syslogSettings({ access_log, logging }: Config): SyslogOptions | null {
  if (!access_log.enable_streaming) return null;
  const { host, port } = hostAndPort(logging.syslog_addr);
  return {
    network: logging.syslog_network,
    host,
    port,
    appName: logging.syslog || 'gorouter',
    truncate: logging.syslog_truncate,
  };
}

/** As gorouter does, the first dial decides about the start (gorouter.md §5.4). @throws {StartError} */
export async function checkSyslog({ network, host, port }: SyslogOptions): Promise<void> {
  try {
    if (network.startsWith('udp')) {
      await lookup(host);
      return;
    }
    const socket = connect({ host, port, timeout: DIAL_LIMIT_MS });
    socket.on('timeout', () => socket.destroy(new Error('no answer')));
    await once(socket, 'connect');
    socket.destroy();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(`logging.syslog_addr ${host}:${port} cannot be reached: ${code ?? message}`);
  }
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartError(`logging.syslog_addr is ${JSON.stringify(address)}: must be host:port`);
  }
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port };
}
