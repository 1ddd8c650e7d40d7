import { createServer } from 'node:net';
import { hostPort } from '../../address/host-port.ts';
import { once } from '../../boundary/events.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import { StartError } from '../settings/start-error.ts';

/**
 * Proxy threads share their port with SO_REUSEPORT, which would let a second router take half of a first one's
 * connections without a word. A plain bind beforehand finds any other listener.
 */
export function checkPortIsFree(host: string, port: number, setting: string): Promise<void> {
  if (port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const probe = createServer();
    once(probe, 'error', ONE_MESSAGE, (error: NodeJS.ErrnoException) =>
      reject(new StartError(sentence(error, host, port, setting))),
    );
    once(probe, 'listening', ONE_MESSAGE, () => probe.close());
    once(probe, 'close', ONE_MESSAGE, () => resolve());
    probe.listen({ host, port });
  });
}

export function sentence(error: NodeJS.ErrnoException, host: string, port: number, setting: string): string {
  const at = `(${hostPort(host, port)})`;
  if (error.code === 'EADDRINUSE') return `port ${port} is in use ${at}: choose another with ${setting}`;
  if (error.code === 'EACCES')
    return `port ${port} needs more rights than this process has ${at}: choose another with ${setting}, or give it CAP_NET_BIND_SERVICE (docs/installing.md)`;
  return `port ${port} cannot be opened ${at}: ${error.message}`;
}
