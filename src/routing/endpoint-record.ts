import { hostPort } from '../address/host-port.ts';
import { Backend } from './backend.ts';
import type { Endpoint, EndpointFacts, LoadBalancing } from './endpoint.ts';
import type { RoutePolicy } from './route-policy.ts';
import { NO_SEAT, type Seat } from './seat.ts';
import type { PlaceOfNames, TagNames } from './tag-names.ts';

/** In place of a text that is an id of the same endpoint once more: platforms say theirs three or four times. */
const APP_ID = 0;
const INSTANCE_ID = 1;
type Text = string | typeof APP_ID | typeof INSTANCE_ID;

/** The place of the names and all values; names and values in turn where the names have no place. */
type Tags = readonly (Text | number)[] | null;

/** Behind the seat. */
type Fields = readonly [
  host: string,
  port: number,
  tls: 0 | 1,
  protocol: string,
  appId: string,
  instanceId: string,
  instanceIndex: string,
  serverCertDomainSan: Text,
  availabilityZone: string,
  isolationSegment: string,
  routeServiceUrl: string,
  staleThreshold: number,
  updatedAtNs: string,
  loadBalancing: '' | LoadBalancing,
  requestTimeout: number,
  hashHeader: string,
  hashBalance: number,
  tags: Tags,
  /** Scope and sources; most have none. */
  policy?: readonly [scope: string, ...sources: string[]],
];

/**
 * An endpoint as one text, a quarter of its size as an object. Equal endpoints have the same, however their tags were
 * ordered, as long as the names of these have the same place. `withSeat` makes a record of it.
 */
export function packEndpoint(endpoint: EndpointFacts, placeOf: PlaceOfNames): string {
  const { appId, instanceId } = endpoint;
  const fields: Fields = [
    endpoint.host,
    endpoint.port,
    endpoint.tls ? 1 : 0,
    endpoint.protocol,
    appId,
    instanceId,
    endpoint.instanceIndex,
    shortened(endpoint.serverCertDomainSan, appId, instanceId),
    endpoint.availabilityZone,
    endpoint.isolationSegment,
    endpoint.routeServiceUrl,
    endpoint.staleThreshold,
    endpoint.updatedAtNs,
    endpoint.loadBalancing,
    endpoint.requestTimeout,
    endpoint.hashHeader,
    endpoint.hashBalance,
    endpoint.tags === null ? null : packTags(endpoint.tags, appId, instanceId, placeOf),
    ...packPolicy(endpoint.routePolicy),
  ];
  return JSON.stringify(fields);
}

/** A record: the seat, and directly behind it the text, which is an array. */
export function withSeat(text: string, seat: Seat): string {
  return seat + text;
}

export function withoutSeat(record: string): string {
  return record.slice(record.indexOf('['));
}

const NOBODY = new Backend(NO_SEAT);

/** What was registered. `text`: what `withSeat` made. */
export function unpackFacts(text: string, names: Pick<TagNames, 'at'>): EndpointFacts {
  return unpackEndpoint(text, names, () => NOBODY);
}

/** The same as a thread's pools have it. `backendIn`: whoever is in that seat. */
export function unpackEndpoint(
  text: string,
  names: Pick<TagNames, 'at'>,
  backendIn: (seat: Seat) => Backend,
): Endpoint {
  const at = text.indexOf('[');
  const fields: Fields = JSON.parse(text.slice(at));
  const [host, port, tls, protocol, appId, instanceId] = fields;
  return {
    backend: backendIn(Number(text.slice(0, at))),
    address: hostPort(host, port),
    host,
    port,
    tls: tls === 1,
    protocol,
    serverCertDomainSan: restored(fields[7], appId, instanceId),
    appId,
    instanceId,
    instanceIndex: fields[6],
    availabilityZone: fields[8],
    isolationSegment: fields[9],
    routeServiceUrl: fields[10],
    tags: fields[17] === null ? null : unpackTags(fields[17], appId, instanceId, names),
    staleThreshold: fields[11],
    updatedAtNs: fields[12],
    loadBalancing: fields[13],
    requestTimeout: fields[14],
    hashHeader: fields[15],
    hashBalance: fields[16],
    routePolicy: fields[18] === undefined ? null : unpackPolicy(fields[18]),
  };
}

function packPolicy(policy: RoutePolicy | null): [] | [[scope: string, ...sources: string[]]] {
  return policy === null ? [] : [[policy.scope, ...policy.sources]];
}

function unpackPolicy([scope, ...sources]: readonly [scope: string, ...sources: string[]]): RoutePolicy {
  return { scope, sources };
}

function packTags(
  tags: Readonly<Record<string, string>>,
  appId: string,
  instanceId: string,
  placeOf: PlaceOfNames,
): (Text | number)[] {
  const names = sorted(Object.keys(tags));
  const place = placeOf(names);
  const packed: (Text | number)[] = place === null ? [] : [place];
  for (const name of names) {
    if (place === null) packed.push(name);
    packed.push(shortened(tags[name]!, appId, instanceId));
  }
  return packed;
}

function unpackTags(
  packed: readonly (Text | number)[],
  appId: string,
  instanceId: string,
  names: Pick<TagNames, 'at'>,
): Record<string, string> {
  const tags: Record<string, string> = {};
  const [first] = packed;
  if (typeof first === 'number') {
    const known = names.at(first);
    for (let at = 0; at < known.length; at++) {
      put(tags, known[at]!, restored(packed[at + 1] as Text, appId, instanceId));
    }
  } else {
    for (let at = 0; at < packed.length; at += 2) {
      put(tags, packed[at] as string, restored(packed[at + 1] as Text, appId, instanceId));
    }
  }
  return tags;
}

/** A tag named `__proto__` is one like any other. */
function put(tags: Record<string, string>, name: string, value: string): void {
  if (name !== '__proto__') tags[name] = value;
  else Object.defineProperty(tags, name, { value, enumerable: true, configurable: true, writable: true });
}

function shortened(text: string, appId: string, instanceId: string): Text {
  if (text === '') return text;
  if (text === appId) return APP_ID;
  return text === instanceId ? INSTANCE_ID : text;
}

function restored(text: Text, appId: string, instanceId: string): string {
  if (text === APP_ID) return appId;
  return text === INSTANCE_ID ? instanceId : text;
}

/** Agents mostly send them in order. */
function sorted(names: string[]): string[] {
  for (let at = 1; at < names.length; at++) {
    if (names[at - 1]! > names[at]!) return names.sort();
  }
  return names;
}
