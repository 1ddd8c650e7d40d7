import type { RouteServiceSettings } from '../../src/http/settings.ts';

/** Route services under a secret, whose certificates these have signed; one attempt each, none within the router. */
export function routeServicesOf(
  secret: string,
  ca: readonly string[],
  more: Partial<RouteServiceSettings> = {},
): RouteServiceSettings {
  return {
    secret,
    previousSecret: '',
    timeout: 60_000,
    recommendHttps: true,
    strict: false,
    websockets: true,
    maxAttempts: 1,
    hairpinning: null,
    tls: { ca, certChain: '', privateKey: '', ciphers: '', verify: true },
    ...more,
  };
}
