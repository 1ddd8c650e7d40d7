import { seconds } from './access-log-line.ts';
import { quote } from './go-quote.ts';

/** `logging.extra_access_log_fields` (docs/compatibility.md §6.6). */
const ATTEMPT_FIELDS = [
  'failed_attempts',
  'failed_attempts_time',
  'dns_time',
  'dial_time',
  'tls_time',
  'backend_time',
  'local_address',
  'tls_sni',
  'caller_cf_app',
  'caller_cf_space',
  'caller_cf_org',
  'route_policy',
] as const;

export type AttemptField = (typeof ATTEMPT_FIELDS)[number];

/** What older releases print with `logging.enable_attempts_details`. */
export const ATTEMPTS_DETAILS: readonly AttemptField[] = [
  'failed_attempts',
  'failed_attempts_time',
  'dns_time',
  'dial_time',
  'tls_time',
  'backend_time',
];

/** Times in milliseconds, -1 when unknown; empty text when unknown. */
export interface AttemptValues {
  readonly failedAttempts: number;
  readonly failedAttemptsTime: number;
  readonly dnsTime: number;
  readonly dialTime: number;
  readonly tlsTime: number;
  readonly backendTime: number;
  readonly localAddress: string;
  readonly tlsSni: string;
  readonly callerApp: string;
  readonly callerSpace: string;
  readonly callerOrg: string;
  readonly routePolicy: string;
}

/** The fields of `names` that exist, each once, in their order. */
export function attemptFields(names: readonly string[]): readonly AttemptField[] {
  const known: readonly string[] = ATTEMPT_FIELDS;
  return [...new Set(names)].filter((name) => known.includes(name)) as AttemptField[];
}

/** Their part of the line, a space before each. */
export function attemptPart(fields: readonly AttemptField[], values: AttemptValues): string {
  let part = '';
  for (const field of fields) {
    const value = attemptValue(field, values);
    part += ` ${field}:${typeof value === 'string' ? quote(value) : field === 'failed_attempts' ? value : seconds(value)}`;
  }
  return part;
}

/** Text, a number of attempts, or milliseconds. */
export function attemptValue(field: AttemptField, v: AttemptValues): string | number {
  switch (field) {
    case 'failed_attempts':
      return v.failedAttempts;
    case 'failed_attempts_time':
      return v.failedAttemptsTime;
    case 'dns_time':
      return v.dnsTime;
    case 'dial_time':
      return v.dialTime;
    case 'tls_time':
      return v.tlsTime;
    case 'backend_time':
      return v.backendTime;
    case 'local_address':
      return v.localAddress;
    case 'tls_sni':
      return v.tlsSni;
    case 'caller_cf_app':
      return v.callerApp;
    case 'caller_cf_space':
      return v.callerSpace;
    case 'caller_cf_org':
      return v.callerOrg;
    case 'route_policy':
      return v.routePolicy;
  }
}
