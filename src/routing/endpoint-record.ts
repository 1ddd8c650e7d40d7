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

/** All values, in the order of their names; names and values in turn where the names have no place. */
type Tags = readonly Text[] | null;

/** Behind the seat. */
type Fields = readonly [
  /** Of the tags' names; null: they have none. First, so that it can be read off the text. */
  names: number | null,
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
  const { appId, instanceId, tags } = endpoint;
  const names = tags === null ? [] : sorted(Object.keys(tags));
  const place = tags === null ? null : placeOf(names);
  const fields: Fields = [
    place,
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
    tags === null ? null : packTags(tags, appId, instanceId, names, place),
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

/** The place of its tags' names; null: they have none. @param text as `packEndpoint` made it */
export function namesPlaceIn(text: string): number | null {
  const place = text.slice(1, text.indexOf(','));
  return place === 'null' ? null : Number(place);
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
  return endpointOf(JSON.parse(text.slice(at)), names, backendIn(Number(text.slice(0, at))));
}

/**
 * What was registered, of what JSON made of a text that somebody kept. Throws, or answers what no endpoint is, where
 * it is no such text: to be judged as a message is. @param names what its place stood for; null: nothing
 */
export function readPacked(packed: readonly unknown[], names: readonly string[] | null): EndpointFacts {
  return endpointOf(packed as Fields, { at: () => names ?? [] }, NOBODY);
}

function endpointOf(fields: Fields, names: Pick<TagNames, 'at'>, backend: Backend): Endpoint {
  const [place, host, port, tls, protocol, appId, instanceId] = fields;
  const tags = fields[18];
  return {
    backend,
    address: hostPort(host, port),
    host,
    port,
    tls: tls === 1,
    protocol,
    serverCertDomainSan: restored(fields[8], appId, instanceId),
    appId,
    instanceId,
    instanceIndex: fields[7],
    availabilityZone: fields[9],
    isolationSegment: fields[10],
    routeServiceUrl: fields[11],
    tags: tags === null ? null : unpackTags(tags, appId, instanceId, place === null ? null : names.at(place)),
    staleThreshold: fields[12],
    updatedAtNs: fields[13],
    loadBalancing: fields[14],
    requestTimeout: fields[15],
    hashHeader: fields[16],
    hashBalance: fields[17],
    routePolicy: fields[19] === undefined ? null : unpackPolicy(fields[19]),
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
  names: readonly string[],
  place: number | null,
): Text[] {
  const packed: Text[] = [];
  for (const name of names) {
    if (place === null) packed.push(name);
    packed.push(shortened(tags[name]!, appId, instanceId));
  }
  return packed;
}

/** @param names null: they are among what is packed */
function unpackTags(
  packed: readonly Text[],
  appId: string,
  instanceId: string,
  names: readonly string[] | null,
): Record<string, string> {
  const tags: Record<string, string> = {};
  if (names !== null) {
    for (let at = 0; at < names.length; at++) {
      put(tags, names[at]!, restored(packed[at]!, appId, instanceId));
    }
  } else {
    for (let at = 0; at < packed.length; at += 2) {
      put(tags, packed[at] as string, restored(packed[at + 1]!, appId, instanceId));
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
