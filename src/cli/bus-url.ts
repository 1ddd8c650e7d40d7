export interface BusAddress {
  /** `host:port`, IPv6 in brackets. */
  readonly address: string;
  /** Empty: no authentication. */
  readonly user: string;
  readonly pass: string;
}

const DEFAULT_PORT = '4222';

/** `nats://[user:pass@]host[:port]`; null when it is none. */
export function parseBusUrl(text: string): BusAddress | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'nats:' || url.hostname === '' || url.port === '0') return null;
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') return null;
  try {
    return {
      address: `${url.hostname}:${url.port || DEFAULT_PORT}`,
      user: decodeURIComponent(url.username),
      pass: decodeURIComponent(url.password),
    };
  } catch {
    return null;
  }
}
