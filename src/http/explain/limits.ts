import type { Endpoint } from '../../routing/endpoint.ts';
import type { Pool } from '../../routing/pool.ts';
import type { HttpSettings } from '../settings.ts';
import type { Explanation } from './explanation.ts';

const FROM_MESSAGE = 'options of its registration';

/** What a request of this route may take, and what says so. Times in milliseconds; 0 is no limit. */
export function limitsOf(
  settings: HttpSettings,
  { endpoints }: Pool,
  odds: ReadonlyMap<Endpoint, number>,
): Explanation['limits'] {
  const candidates = odds.size > 0 ? [...odds.keys()] : endpoints;
  const own = candidates.find(({ requestTimeout }) => requestTimeout !== 0)?.requestTimeout ?? 0;
  return [
    own === 0
      ? { name: 'one attempt', value: settings.endpointTimeout, from: 'endpoint_timeout' }
      : { name: 'one attempt', value: own, from: FROM_MESSAGE },
    { name: 'connecting to an endpoint', value: settings.dialTimeout, from: 'endpoint_dial_timeout' },
    { name: 'its TLS handshake', value: settings.handshakeTimeout, from: 'tls_handshake_timeout' },
    {
      name: 'first byte of the response',
      value: settings.firstByteTimeout,
      from: 'cellgate.first_byte_timeout',
    },
    { name: 'attempts', value: settings.maxAttempts, from: 'backends.max_attempts' },
    { name: 'awaited of an endpoint', value: settings.maxAwaitedPerBackend, from: 'backends.max_conns' },
  ];
}
