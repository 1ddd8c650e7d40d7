import { serverName } from './server-name.ts';

/** Whether a backend is told the client's address, and how; `default`: as its port is. */
export type SendProxy = 'default' | 'none' | 'v1' | 'v2';

/** TLS spoken to a backend. */
export interface TcpBackendTls {
  /** What its certificate must name: an instance, a host, an address. */
  readonly name: string;
  /** Server name it is called by; empty: none. */
  readonly sni: string;
  /** Whether the router shows its own certificate, when it has one. */
  readonly clientCertificate: boolean;
}

/** How a route's bytes are carried. */
export interface TcpTerms {
  /** Whether TLS with clients ends here. The same for all backends of a route, like `alpns`. */
  readonly terminates: boolean;
  /** What clients may agree on then, the best first, or else backends with TLS are offered; empty: none. */
  readonly alpns: readonly string[];
  readonly backendTls: TcpBackendTls | null;
  readonly sendProxy: SendProxy;
}

export const PLAIN: TcpTerms = { terminates: false, alpns: [], backendTls: null, sendProxy: 'default' };

/** As a source gives them, `null` or empty for what it leaves out. */
export interface GivenTerms {
  readonly terminates: boolean;
  /** Separated by commas. */
  readonly alpns: string;
  readonly speaksTls: boolean;
  readonly name: string;
  readonly sniRewrite: string;
  readonly backendMtls: boolean;
  readonly sendProxy: string;
}

export type TermsResult = { readonly ok: true; readonly terms: TcpTerms } | Flaw;
interface Flaw {
  readonly ok: false;
  readonly field: 'alpns' | 'sni_rewrite_hostname' | 'send_proxy_protocol';
  readonly allowed: string;
}

const MAX_ALPNS = 16;
const SEND_PROXY: ReadonlySet<string> = new Set(['none', 'v1', 'v2']);

export function readTerms(given: GivenTerms): TermsResult {
  const alpns = given.alpns.trim() === '' ? [] : given.alpns.split(',').map((name) => name.trim());
  if (alpns.length > MAX_ALPNS || !alpns.every((name) => /^[!-~]{1,255}$/.test(name))) {
    return { ok: false, field: 'alpns', allowed: `at most ${MAX_ALPNS} names separated by commas` };
  }
  const sni = given.sniRewrite === '' ? '' : serverName(given.sniRewrite);
  if (sni === null || sni.startsWith('*')) {
    return { ok: false, field: 'sni_rewrite_hostname', allowed: 'a name' };
  }
  if (given.sendProxy !== '' && !SEND_PROXY.has(given.sendProxy)) {
    return { ok: false, field: 'send_proxy_protocol', allowed: '"none", "v1" or "v2"' };
  }
  // docs/compatibility.md §7.4.
  const clientCertificate = !given.terminates || given.backendMtls;
  return {
    ok: true,
    terms: {
      terminates: given.terminates,
      alpns: [...new Set(alpns)],
      backendTls: given.speaksTls ? { name: given.name, sni, clientCertificate } : null,
      sendProxy: given.sendProxy === '' ? 'default' : (given.sendProxy as SendProxy),
    },
  };
}

/** Whether both mean the same to clients of one route. */
export function agree(a: TcpTerms, b: TcpTerms): boolean {
  return a.terminates === b.terminates && sameNames(a.alpns, b.alpns);
}

export function sameTerms(a: TcpTerms, b: TcpTerms): boolean {
  return agree(a, b) && a.sendProxy === b.sendProxy && sameTls(a.backendTls, b.backendTls);
}

export function sameTls(a: TcpBackendTls | null, b: TcpBackendTls | null): boolean {
  return a?.name === b?.name && a?.sni === b?.sni && a?.clientCertificate === b?.clientCertificate;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
