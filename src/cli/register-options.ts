import type { Registration } from '../bus/registration.ts';
import { uriProblem } from '../bus/route-spelling.ts';
import { parseDuration } from '../config/schema/duration.ts';
import type { ParsedOptions } from './options.ts';
import { REGISTER_ALGORITHMS } from './register-spec.ts';
import { type UsageError, usageError } from './usage-error.ts';

/** What options say of a registration. */
export interface RegisterOptions {
  readonly registration: Omit<Registration, 'uris' | 'host' | 'port'>;
  /** Options that mean nothing for a TCP route, and were given. */
  readonly ofHttp: readonly string[];
}

const OF_HTTP = [
  '--app',
  '--index',
  '--tag',
  '--protocol',
  '--loadbalancing',
  '--hash-header',
  '--timeout',
  '--route-service',
];
const PROTOCOLS = ['http1', 'http2'] as const;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const DAY_MS = 86_400_000;

export function readOptions(options: ParsedOptions): RegisterOptions | UsageError {
  const problems: string[] = [];
  const read = <Value>(
    name: string,
    needs: string,
    parse: (text: string) => Value | undefined,
  ): Value | null => {
    const text = options.value(name);
    if (text === null) return null;
    const value = parse(text);
    if (value === undefined) problems.push(`option "${name}" needs ${needs}, found "${text}"`);
    return value ?? null;
  };
  const tcpPort = read('--tcp', 'a port from 1 to 65535', port);
  const serverName = read('--sni', 'the name of a host', hostName);
  const tags = parseTags(options.values('--tag'));
  if (typeof tags === 'string') problems.push(`option "--tag" needs KEY=VALUE, found "${tags}"`);
  const registration = {
    tcp: tcpPort === null ? null : { port: tcpPort, serverName: serverName ?? '' },
    tlsPort: read('--tls-port', 'a port from 1 to 65535', port),
    certificateName: options.value('--san') ?? '',
    protocol: read('--protocol', `one of ${PROTOCOLS.join(', ')}`, among(PROTOCOLS)) ?? '',
    app: options.value('--app'),
    instanceId: options.value('--instance-id'),
    instanceIndex: read('--index', 'a number from 0', (text) => (/^\d{1,9}$/.test(text) ? text : undefined)),
    isolationSegment: options.value('--isolation-segment') ?? '',
    tags: typeof tags === 'string' ? {} : tags,
    loadBalancing: read(
      '--loadbalancing',
      `one of ${REGISTER_ALGORITHMS.join(', ')}`,
      among(REGISTER_ALGORITHMS),
    ),
    hashHeader: read('--hash-header', 'the name of a header', fieldName) ?? '',
    requestTimeout: read('--timeout', 'a duration like 90s, of a day at most', timeout) ?? '',
    routeServiceUrl: read('--route-service', 'a URL that begins with https://', secureUrl) ?? '',
  } as const;
  const ofHttp = OF_HTTP.filter((name) => options.has(name));
  const stray = tcpPort === null && options.has('--sni');
  if (stray) problems.push('option "--sni" needs "--tcp" beside it');
  return problems[0] === undefined ? { registration, ofHttp } : usageError(problems[0]);
}

/** What does not go together. */
export function optionProblem({ registration, ofHttp }: RegisterOptions): string | undefined {
  const { tcp, tlsPort, certificateName, loadBalancing, hashHeader } = registration;
  if (tcp !== null && ofHttp.length > 0) return `option "${ofHttp[0]}" means nothing for a TCP route`;
  if (certificateName !== '' && tlsPort === null) return 'option "--san" needs "--tls-port" beside it';
  if (loadBalancing === 'hash' && hashHeader === '') {
    return 'option "--loadbalancing hash" needs "--hash-header NAME" beside it';
  }
  if (loadBalancing !== 'hash' && hashHeader !== '') {
    return 'option "--hash-header" needs "--loadbalancing hash" beside it';
  }
  return undefined;
}

function port(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 65_535 ? number : undefined;
}

function among<Name extends string>(names: readonly Name[]): (text: string) => Name | undefined {
  return (text) => names.find((name) => name === text);
}

function hostName(text: string): string | undefined {
  return uriProblem(text) === undefined && !/[/?]/.test(text) ? text : undefined;
}

function fieldName(text: string): string | undefined {
  return FIELD_NAME.test(text) ? text : undefined;
}

/** As routers read it: whole milliseconds. */
function timeout(text: string): string | undefined {
  const parsed = parseDuration(text);
  if (typeof parsed !== 'number' || parsed === 0 || parsed > DAY_MS) return undefined;
  return `${parsed}ms`;
}

function secureUrl(text: string): string | undefined {
  return /^https:\/\//.test(text) && URL.canParse(text) ? text : undefined;
}

/** The tags, or the first that is none. */
function parseTags(texts: readonly string[]): Record<string, string> | string {
  const tags: [string, string][] = [];
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) return text;
    tags.push([text.slice(0, equals), text.slice(equals + 1)]);
  }
  return Object.fromEntries(tags);
}
