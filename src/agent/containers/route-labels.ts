import type { Registration } from '../../bus/registration.ts';
import { among, duration, fieldName, flag, secureUrl } from './label-values.ts';
import { type Labels, PREFIX } from './labels.ts';

/** What labels say of all routes of a container. */
export type RouteTerms = Omit<
  Registration,
  'uris' | 'tcp' | 'host' | 'port' | 'tlsPort' | 'app' | 'instanceId' | 'instanceIndex'
> & {
  /** The application is asked over TLS. */
  readonly tls: boolean;
};

const PROTOCOLS = ['http1', 'http2'] as const;
const ALGORITHMS = ['round-robin', 'least-connection', 'hash'] as const;
const DAY_MS = 86_400_000;

export function readTerms(labels: Labels): RouteTerms {
  const timeout = labels.read('timeout', 'a duration like 90s, of a day at most', duration(1, DAY_MS));
  const terms: RouteTerms = {
    tls: labels.read('tls', 'true or false', flag) ?? false,
    certificateName: labels.text('san'),
    protocol: labels.read('protocol', `one of ${PROTOCOLS.join(', ')}`, among(PROTOCOLS)) ?? '',
    loadBalancing: labels.read('lb', `one of ${ALGORITHMS.join(', ')}`, among(ALGORITHMS)),
    hashHeader: labels.read('hash-header', 'the name of a header', fieldName) ?? '',
    requestTimeout: timeout === null ? '' : `${timeout}ms`,
    routeServiceUrl: labels.read('route-service', 'a URL that begins with https://', secureUrl) ?? '',
    isolationSegment: labels.text('isolation-segment'),
    tags: labels.named('tag'),
  };
  if (terms.certificateName !== '' && !terms.tls) {
    labels.faults.push(`${PREFIX}san: needs ${PREFIX}tls=true beside it`);
  }
  if (terms.loadBalancing === 'hash' && !labels.has('hash-header')) {
    labels.faults.push(`${PREFIX}lb: hash needs ${PREFIX}hash-header beside it`);
  }
  if (terms.hashHeader !== '' && terms.loadBalancing !== 'hash') {
    labels.faults.push(`${PREFIX}hash-header: needs ${PREFIX}lb=hash beside it`);
  }
  return terms;
}
