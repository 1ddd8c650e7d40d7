import { once } from 'node:events';
import { connect } from 'node:net';
import { hostPort } from '../../address/host-port.ts';
import { on } from '../../boundary/events.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import { Names } from '../../network/names.ts';
import type { SyslogOptions } from '../../telemetry/syslog-message.ts';
import { StartError } from '../settings/start-error.ts';

const DIAL_LIMIT_MS = 10_000;

/** As gorouter does, the first dial decides about the start (docs/compatibility.md §5.4). @throws {StartError} */
export async function checkSyslog({ network, host, port }: SyslogOptions): Promise<void> {
  const names = new Names();
  try {
    if (network.startsWith('udp')) {
      await names.first(host);
      return;
    }
    const socket = connect({ host, port, lookup: names.lookUp, timeout: DIAL_LIMIT_MS });
    on(socket, 'timeout', ONE_MESSAGE, () => socket.destroy(new Error('no answer')));
    await once(socket, 'connect');
    socket.destroy();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(`logging.syslog_addr ${hostPort(host, port)} cannot be reached: ${code ?? message}`);
  }
}
