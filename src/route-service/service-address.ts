/** Where an http or https URL leads, byte for byte as it was written. */
export interface ServiceAddress {
  readonly tls: boolean;
  /** Lower case; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** For the Host line. */
  readonly authority: string;
  /** Path and query. */
  readonly target: string;
}

const URL_PARTS =
  /^(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::(\d{1,5}))?([/?][!-~\x80-\xff]*)?$/i;

/** `null` when it is no URL that could be asked. Not Node's `URL`, which would respell the path. */
export function serviceAddress(url: string): ServiceAddress | null {
  const parts = URL_PARTS.exec(url);
  if (parts === null) return null;
  const [, scheme, name, portText, rest = '/'] = parts as unknown as [string, string, string, ...string[]];
  if (rest.includes('#')) return null;
  const tls = scheme.length === 'https'.length;
  const port = portText === undefined ? (tls ? 443 : 80) : Number(portText);
  if (port < 1 || port > 65_535) return null;
  return {
    tls,
    host: name.replace(/[[\]]/g, '').toLowerCase(),
    port,
    authority: portText === undefined ? name : `${name}:${portText}`,
    target: rest.startsWith('/') ? rest : `/${rest}`,
  };
}
