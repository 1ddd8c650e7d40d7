import { readPairs } from './pairs.ts';
import type { ExportSettings } from './settings.ts';
import type { Variables } from './variables.ts';

export type Signal = 'traces' | 'metrics';

const PATHS = { traces: 'v1/traces', metrics: 'v1/metrics' } as const;
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const TIMEOUT_MS = 10_000;
const LONGEST_MS = 10 * 60_000;
/** RFC 9110: those say how a request is framed, and by whom it was made. */
const OWN_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

/** `null`: this signal is not exported. */
export function readExport(variables: Variables, signal: Signal): ExportSettings | null {
  const name = (setting: string): string => `OTEL_EXPORTER_OTLP_${setting}`;
  const names = (setting: string) => [name(`${signal.toUpperCase()}_${setting}`), name(setting)] as const;
  const [own] = names('ENDPOINT');
  const endpoint = variables.first(...names('ENDPOINT'));
  if (endpoint === null || !isWanted(variables, signal)) return null;
  const url = urlOf(variables, endpoint, endpoint === own ? '' : PATHS[signal]);
  const encoding = encodingOf(variables, names('PROTOCOL'), signal);
  if (url === null || encoding === null) return null;
  const headersName = variables.first(...names('HEADERS'));
  return {
    url,
    encoding,
    headers: headersName === null ? {} : headersOf(variables, headersName),
    timeout: variables.count(names('TIMEOUT'), [1, LONGEST_MS], TIMEOUT_MS, 'milliseconds'),
    gzip: variables.choice(names('COMPRESSION'), ['gzip', 'none'], 'none') === 'gzip',
    certificateFile: variables.text(variables.first(...names('CERTIFICATE')) ?? ''),
  };
}

function isWanted(variables: Variables, signal: Signal): boolean {
  const name = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  return variables.choice([name], ['otlp', 'none'], 'otlp') === 'otlp';
}

/** To the endpoint of all signals each adds its path; one of its own is taken as it is. */
function urlOf(variables: Variables, name: string, path: string): string | null {
  const text = variables.text(name);
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    // It may hold a password.
    variables.warnUnquoted(name, 'allowed: a URL with http:// or https://; nothing is exported there');
    return null;
  }
  if (url.username !== '' || url.password !== '') {
    variables.warnUnquoted(
      name,
      'a user and a password in the URL are not sent: allowed: OTEL_EXPORTER_OTLP_HEADERS=authorization=…',
    );
    url.username = '';
    url.password = '';
  }
  url.hash = '';
  if (path !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  return url.href;
}

function encodingOf(
  variables: Variables,
  names: readonly string[],
  signal: Signal,
): ExportSettings['encoding'] | null {
  const name = variables.first(...names);
  if (name !== null && variables.text(name).toLowerCase() === 'grpc') {
    variables.warn(name, PROTOCOLS.join(', '), `gRPC is not supported: no ${signal} are exported`);
    return null;
  }
  return variables.choice(names, PROTOCOLS, 'http/protobuf') === 'http/json' ? 'json' : 'protobuf';
}

function headersOf(variables: Variables, name: string): Record<string, string> {
  const headers = readPairs(variables, name, 'headers');
  for (const header of Object.keys(headers)) {
    if (!OWN_HEADERS.has(header)) continue;
    variables.warnUnquoted(name, `${header} is the exporter's own; it is left out of the headers`);
    delete headers[header];
  }
  return headers;
}
