import type { EndpointFacts } from './endpoint.ts';

/** Which of a route's endpoints are meant. */
export type Selector =
  /** Of an application. */
  | { readonly kind: 'app'; readonly guid: string }
  /** Of a process of an application, by the tag `process_id`: instances of one push. */
  | { readonly kind: 'process'; readonly id: string }
  | { readonly kind: 'tag'; readonly name: string; readonly value: string }
  | { readonly kind: 'instance'; readonly id: string }
  /** `port` 0: any. */
  | { readonly kind: 'addr'; readonly host: string; readonly port: number }
  /** Whatever no other selector takes. */
  | { readonly kind: 'rest' };

/** Characters. */
const LONGEST = 300;
const ALLOWED =
  'app:GUID, process:ID, tag:NAME=VALUE, instance:ID, addr:IP, addr:IP:PORT (IPv6 in brackets), rest';

export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/** @throws {SelectorError} with one sentence that names what was found and what is allowed */
export function parseSelector(text: string): Selector {
  if (text === 'rest') return { kind: 'rest' };
  const colon = text.indexOf(':');
  const value = text.slice(colon + 1);
  if (colon > 0 && value !== '' && text.length <= LONGEST) {
    switch (text.slice(0, colon)) {
      case 'app':
        return { kind: 'app', guid: value };
      case 'process':
        return { kind: 'process', id: value };
      case 'instance':
        return { kind: 'instance', id: value };
      case 'tag': {
        const [name = '', ...rest] = value.split('=');
        if (name !== '' && rest.length > 0) return { kind: 'tag', name, value: rest.join('=') };
        break;
      }
      case 'addr': {
        const address = readAddress(value);
        if (address !== null) return { kind: 'addr', ...address };
      }
    }
  }
  throw new SelectorError(`selector: found ${JSON.stringify(text.slice(0, 60))}, allowed: ${ALLOWED}`);
}

export function selectorText(selector: Selector): string {
  switch (selector.kind) {
    case 'app':
      return `app:${selector.guid}`;
    case 'process':
      return `process:${selector.id}`;
    case 'tag':
      return `tag:${selector.name}=${selector.value}`;
    case 'instance':
      return `instance:${selector.id}`;
    case 'addr': {
      const host = selector.host.includes(':') ? `[${selector.host}]` : selector.host;
      return selector.port === 0 ? `addr:${host}` : `addr:${host}:${selector.port}`;
    }
    case 'rest':
      return 'rest';
  }
}

/** What selectors look at of an endpoint. */
export type Selected = Pick<EndpointFacts, 'appId' | 'instanceId' | 'host' | 'port' | 'tags'>;

/** `rest` takes everything: it is asked last. */
export function selects(selector: Selector, endpoint: Selected): boolean {
  switch (selector.kind) {
    case 'app':
      return endpoint.appId === selector.guid;
    case 'process':
      return tagOf(endpoint, 'process_id') === selector.id;
    case 'tag':
      return tagOf(endpoint, selector.name) === selector.value;
    case 'instance':
      return endpoint.instanceId === selector.id;
    case 'addr':
      return endpoint.host === selector.host && (selector.port === 0 || endpoint.port === selector.port);
    case 'rest':
      return true;
  }
}

function tagOf({ tags }: Selected, name: string): string | undefined {
  return tags !== null && Object.hasOwn(tags, name) ? tags[name] : undefined;
}

function readAddress(text: string): { host: string; port: number } | null {
  const [, bracketed, plain, digits] = /^(?:\[([\da-f:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? 0 : Number(digits);
  if (host === undefined || port > 65_535 || (digits !== undefined && port === 0)) return null;
  return { host, port };
}
