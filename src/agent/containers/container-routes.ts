import { hostPort } from '../../address/host-port.ts';
import type { Registration } from '../../bus/registration.ts';
import { hostProblem, uriProblem } from '../../bus/route-spelling.ts';
import type { ProbeCheck } from '../route/check.ts';
import { readApp } from './app-labels.ts';
import { type CheckedAddress, readCheck } from './check-labels.ts';
import type { Container } from './container.ts';
import { allowsHost, allowsPort, type DomainPattern } from './domain.ts';
import { duration, flag, integer, port } from './label-values.ts';
import { Labels, PREFIX, quoted, split } from './labels.ts';
import { type Reach, reachOf } from './reach.ts';
import { type RouteTerms, readTerms } from './route-labels.ts';

/** What a container's labels want announced of one endpoint. */
export interface ContainerRoute {
  readonly registration: Registration;
  readonly check: ProbeCheck | null;
  /** Milliseconds for which it goes on serving when its routes are unregistered. */
  readonly drainTime: number;
  /** What HAProxy is told, percent. */
  readonly weight: number;
  /** Whose address it is: that of a container is given to another when it has gone. */
  readonly of: 'machine' | 'container';
}

export interface LabelReading {
  /** None, if anything is wrong. */
  readonly routes: readonly ContainerRoute[];
  /** Sentences, each with the label, what was found, and what is allowed. */
  readonly faults: readonly string[];
  /** Of routes that are left out, or of what is passed over. */
  readonly warnings: readonly string[];
}

export interface LabelTerms {
  /** At which routers reach this machine; empty: they are on it. */
  readonly machine: string;
  /** What may be announced; none: everything. */
  readonly domains: readonly DomainPattern[];
}

const DEFAULT_DRAIN_MS = 20_000;
const DAY_MS = 86_400_000;
const NOTHING: LabelReading = { routes: [], faults: [], warnings: [] };

/** Whether its labels speak to us at all. */
export function isLabelled(labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(labels).some((name) => name.startsWith(PREFIX));
}

export function readRoutes(container: Container, { machine, domains }: LabelTerms): LabelReading {
  const labels = new Labels(container.labels);
  if (labels.read('enable', 'true or false', flag) === false) return NOTHING;
  const network = labels.text('network');
  const reached = new Map<number, Reach>();
  const reach = (inner: number): (Reach & { readonly ok: true }) | null => {
    const known = reached.get(inner) ?? reachOf(container, inner, { machine, network });
    if (!reached.has(inner)) {
      reached.set(inner, known);
      if (!known.ok) labels.faults.push(known.why);
      else if (known.warning !== '') labels.warnings.push(known.warning);
    }
    return known.ok ? known : null;
  };
  const uris = readUris(labels, domains);
  const tcp = readTcp(labels, domains);
  const terms = readTerms(labels);
  const usual = readPort(labels, container, [...uris.keys(), ...tcp.map(({ inner }) => inner)]);
  const secured = { tls: terms.tls, serverName: terms.certificateName };
  const checked = (inner: number): CheckedAddress | null => {
    const there = reach(inner);
    return there && { host: there.host, port: there.port, ...secured };
  };
  const checkOf = checks(labels, usual, checked);
  const drainTime = labels.read('drain', 'a duration like 20s, of a day at most', duration(0, DAY_MS));
  const weight = labels.read('weight', '0 to 100', integer(0, 100));
  const app = readApp(labels, container);
  labels.warnOfUnknown();

  const route = (inner: number, of: Pick<Registration, 'uris' | 'tcp'>): ContainerRoute[] => {
    const there = inner === 0 ? null : reach(inner);
    if (there === null) return [];
    const problem = hostProblem(there.host, there.port);
    if (problem !== undefined) labels.faults.push(problem);
    return [
      {
        registration: registrationOf(of, there, terms, { ...app, instanceId: container.id }),
        check: checkOf(inner),
        drainTime: drainTime ?? DEFAULT_DRAIN_MS,
        weight: weight ?? 100,
        of: there.of,
      },
    ];
  };
  const routes = [
    ...[...uris].flatMap(([inner, list]) => route(inner || usual, { uris: list, tcp: null })),
    ...tcp.flatMap(({ inner, ...external }) => route(inner || usual, { uris: [], tcp: external })),
  ];
  const { faults, warnings } = labels;
  return { routes: faults.length === 0 ? routes : [], faults, warnings };
}

function registrationOf(
  of: Pick<Registration, 'uris' | 'tcp'>,
  { host, port }: { readonly host: string; readonly port: number },
  { tls, ...terms }: RouteTerms,
  instance: Pick<Registration, 'app' | 'instanceId' | 'instanceIndex'>,
): Registration {
  return { ...of, host, port, tlsPort: tls ? port : null, ...terms, ...instance };
}

/** A check of one port is made for each that has none of its own. */
function checks(
  labels: Labels,
  usual: number,
  at: (port: number) => CheckedAddress | null,
): (inner: number) => ProbeCheck | null {
  const usually = readCheck(labels, usual, (inner) => (inner === 0 ? null : at(inner)));
  if (usually === null || labels.has('check.port')) return () => usually;
  return (inner) => {
    const address = at(inner);
    if (address === null) return null;
    return { ...usually, probe: { ...usually.probe, host: address.host, port: address.port } };
  };
}

/** The port of the container, 0 for the usual one, and what requests for it ask for. */
function readUris(labels: Labels, domains: readonly DomainPattern[]): Map<number, string[]> {
  const uris = new Map<number, string[]>();
  const ports = labels.named('port');
  const add = (label: string, inner: number, text: string): void => {
    for (const uri of split(text)) {
      const problem = uri.includes('#')
        ? `found ${quoted(uri)}: clients do not send what follows #, so it would never match`
        : uriProblem(uri);
      if (problem !== undefined) labels.faults.push(`${PREFIX}${label}: ${problem}`);
      else if (!allowsHost(domains, uri.replace(/^\//, '').split(/[/?]/)[0]!)) {
        labels.warnings.push(`${PREFIX}${label}: ${quoted(uri)} is outside what --domain allows, left out`);
      } else uris.set(inner, [...(uris.get(inner) ?? []), uri]);
    }
  };
  add('route', 0, labels.text('route'));
  for (const [name, text] of Object.entries(labels.named('route'))) {
    // A name may be that of what every object has.
    const written = Object.hasOwn(ports, name) ? ports[name] : undefined;
    const inner = written === undefined ? 0 : port(written);
    if (inner === undefined) labels.refuse(`port.${name}`, written!, 'a port from 1 to 65535');
    add(`route.${name}`, inner ?? 0, text);
  }
  for (const name of Object.keys(ports)) {
    if (labels.has(`route.${name}`)) continue;
    labels.warnings.push(`${PREFIX}port.${name}: there is no ${PREFIX}route.${name}, ignored`);
  }
  return uris;
}

interface TcpRoute {
  /** Of the routers. */
  readonly port: number;
  readonly serverName: string;
  /** Of the container; 0: the usual one. */
  readonly inner: number;
}

/** `5432`, or `15432:5432` as ports are published. */
function readTcp(labels: Labels, domains: readonly DomainPattern[]): TcpRoute[] {
  const names = labels.list('sni');
  for (const name of names) {
    const problem = uriProblem(name);
    if (problem !== undefined || name.includes('/')) labels.refuse('sni', name, 'names of hosts');
  }
  const written = labels.list('tcp');
  if (names.length > 0 && written.length === 0) {
    labels.faults.push(`${PREFIX}sni: needs ${PREFIX}tcp, the port of the routers, beside it`);
  }
  return written.flatMap((each) => {
    const [, external, inner] = /^(\d+)(?::(\d+))?$/.exec(each) ?? [];
    const outside = port(external ?? '');
    const inside = inner === undefined ? 0 : port(inner);
    if (outside === undefined || inside === undefined) {
      labels.refuse('tcp', each, 'PORT of the routers, or PORT:PORT with that of the container behind it');
      return [];
    }
    return (names.length === 0 ? [''] : names).flatMap((serverName) => {
      if (allowsPort(domains, outside) && (serverName === '' || allowsHost(domains, serverName))) {
        return [{ port: outside, serverName, inner: inside }];
      }
      const what = `tcp:${outside}${serverName && `/${serverName}`}`;
      labels.warnings.push(`${PREFIX}tcp: ${quoted(what)} is outside what --domain allows, left out`);
      return [];
    });
  });
}

/** Of the container, for what names none; 0: it is not known, which has been told if anything needs it. */
function readPort(labels: Labels, { exposed }: Container, needed: readonly number[]): number {
  const written = labels.read('port', 'a port from 1 to 65535', port);
  if (written !== null || labels.has('port')) return written ?? 0;
  const [only, ...more] = exposed;
  if (only !== undefined && more.length === 0) return only;
  if (needed.includes(0)) {
    const why = only === undefined ? 'the image exposes none' : `it exposes ${exposed.join(', ')}`;
    labels.faults.push(`${PREFIX}port: found nothing, and ${why}: say on which port it listens`);
  }
  return 0;
}

/** For people, in logs. */
export function routeText({ registration: { uris, tcp, host, port: to } }: ContainerRoute): string {
  const name = tcp === null ? uris.join(', ') : `tcp:${tcp.port}${tcp.serverName && `/${tcp.serverName}`}`;
  return `${name} for ${hostPort(host, to)}`;
}
