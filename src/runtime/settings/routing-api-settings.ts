import { readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import type { Config } from '../../config/schema.ts';
import type { RoutingApiSettings } from '../../routing-api/settings.ts';
import { StartError } from './start-error.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const STREAM_SILENCE_MS = 300_000;

/** How the routing API is asked for routes; null: it is not. @throws {StartError} */
export function routingApiSettings(config: Config): RoutingApiSettings | null {
  const { routing_api: api } = config;
  if (api.uri === '' || api.port === 0) return null;
  return {
    url: withPort('routing_api.uri', api.uri, api.port),
    ca: api.ca_certs,
    cert: api.cert_chain,
    key: api.private_key,
    oauth: api.auth_disabled ? null : oauthSettings(config),
    requestTimeout: REQUEST_TIMEOUT_MS,
    streamSilence: STREAM_SILENCE_MS,
  };
}

function oauthSettings(config: Config): RoutingApiSettings['oauth'] {
  const { oauth } = config;
  if (oauth.port === 0) {
    throw new StartError('UAA client requires TLS enabled: oauth.port is 0', 'routing-api-connection-failed');
  }
  return {
    url: withPort('oauth.token_endpoint', `https://${oauth.token_endpoint}`, oauth.port),
    client: oauth.client_name,
    secret: oauth.client_secret,
    ca: oauth.ca_certs === '' ? '' : fileText('oauth.ca_certs', oauth.ca_certs),
    skipValidation: oauth.skip_ssl_validation || config.skip_ssl_validation,
    retries: config.token_fetcher_max_retries,
    retryInterval: config.token_fetcher_retry_interval,
    margin: config.token_fetcher_expiration_buffer_time * 1000,
  };
}

function withPort(key: string, text: string, port: number): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new StartError(`${key} must be an address that begins with http:// or https://`);
  }
  url.port = String(port);
  return url.origin;
}

function fileText(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    throw new StartError(`${key}: ${path} cannot be read: ${getSystemErrorMessage(errno)}`);
  }
}
