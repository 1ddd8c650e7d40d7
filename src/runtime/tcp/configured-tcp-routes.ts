import type { Config } from '../../config/schema.ts';
import type { TcpRegistration } from '../../tcp/table/route.ts';
import { serverName } from '../../tcp/table/server-name.ts';
import { readTerms, type TermsResult } from '../../tcp/table/terms.ts';

export interface ConfiguredTcpRoute {
  readonly port: number;
  readonly sni: string;
  readonly backends: readonly TcpRegistration[];
}

/** `cellgate.tcp.routes` as registrations that never age; what is wrong with a route costs that route alone. */
export function configuredTcpRoutes(given: Config['cellgate']['tcp']['routes']): {
  readonly routes: readonly ConfiguredTcpRoute[];
  readonly problems: readonly string[];
} {
  const routes: ConfiguredTcpRoute[] = [];
  const problems: string[] = [];
  for (const [index, route] of given.entries()) {
    const { port, sni_hostname: name = '', backends } = route;
    const at = `cellgate.tcp.routes[${index}]`;
    const sni = name === '' ? '' : serverName(name);
    if (sni === null) {
      problems.push(`${at}.sni_hostname: found ${JSON.stringify(name)}, allowed: a name or *.parent`);
      continue;
    }
    const registrations: TcpRegistration[] = [];
    for (const text of backends) {
      const backend = addressOf(text);
      if (backend === null) {
        problems.push(`${at}.backends: found ${JSON.stringify(text)}, allowed: host:port`);
        continue;
      }
      const read = termsOf(route, backend.host);
      if (read.ok) registrations.push({ ...NEVER_AGES, port, sni, ...backend, terms: read.terms });
      else problems.push(`${at}.${read.field}: allowed: ${read.allowed}`);
    }
    routes.push({ port, sni, backends: registrations });
  }
  return { routes, problems };
}

function termsOf(route: Config['cellgate']['tcp']['routes'][number], host: string): TermsResult {
  return readTerms({
    terminates: route.terminate_frontend_tls ?? false,
    alpns: (route.alpns ?? []).join(','),
    speaksTls: route.backend_tls ?? false,
    name: route.server_cert_domain_san || host,
    sniRewrite: route.sni_rewrite_hostname ?? '',
    backendMtls: route.enable_backend_mtls ?? false,
    sendProxy: route.send_proxy_protocol ?? '',
  });
}

const NEVER_AGES = { owner: 'config', instanceId: '', isolationSegment: '', lifetime: 0, tag: null };

function addressOf(text: string): { host: string; backendPort: number } | null {
  const [, bracketed, plain, port] = /^(?:\[([^\]\s]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const backendPort = Number(port);
  return host !== undefined && backendPort >= 1 && backendPort <= 65_535 ? { host, backendPort } : null;
}
