import { type QueryRedaction, redactedLine } from '../../telemetry/query-redaction.ts';
import type { SpanAttributes } from '../../telemetry/span.ts';
import { ABSENT, type Request } from '../message/request.ts';
import type { EndpointTexts } from '../policy/endpoint-texts.ts';
import type { Asked } from './access-record.ts';
import type { Account } from './account.ts';

/** Characters of a text that whoever asked has chosen. */
const LONGEST = 2000;
/** Those that may be told apart: any client can make up others. */
const METHODS = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);
/** Signatures of signed URLs: whoever has them may do what was signed. */
const SIGNATURE = /(^|&)(AWSAccessKeyId|Signature|sig|X-Goog-Signature)=[^&]*/g;

type Mutable = Record<string, string | number>;

/** What spans of one exchange have in common. */
export interface Common {
  /** `HTTP` where the method is none of the known. */
  readonly method: string;
  readonly attributes: SpanAttributes;
  /** Path and query. */
  readonly target: string;
}

/** @param redaction of the query, as the access log has it for GET */
export function commonAttributes({ head, request }: Asked, redaction: QueryRedaction): Common {
  const { method } = request;
  const known = METHODS.has(method);
  const attributes: Mutable = { 'http.request.method': known ? method : '_OTHER' };
  if (!known) attributes['http.request.method_original'] = method.slice(0, LONGEST);
  return { method: known ? method : 'HTTP', attributes, target: targetOf(request, head.plain, redaction) };
}

/** What the exchange's own span says beside. */
export function clientAttributes(
  asked: Asked,
  account: Account,
  mayTell: MayTell,
  target: string,
): SpanAttributes {
  const { head, request, client } = asked;
  const { host, hostNameLength, userAgent } = request;
  const attributes: Mutable = { 'url.scheme': schemeOf(asked, account) };
  const query = target.indexOf('?');
  attributes['url.path'] = query < 0 ? target : target.slice(0, query);
  if (query >= 0 && query + 1 < target.length) attributes['url.query'] = target.slice(query + 1);
  if (host !== '') attributes['server.address'] = host.slice(0, hostNameLength);
  const port = Number(host.slice(hostNameLength + 1));
  if (port > 0) attributes['server.port'] = port;
  const from = mayTell.logForwardedFor ? account.forwardedFor.split(',', 1)[0]!.trim() : '';
  const ip = mayTell.logSourceAddress ? client.ip : '';
  if (from !== '' || ip !== '') attributes['client.address'] = decoded(from || ip, head.plain);
  if (ip !== '') {
    attributes['network.peer.address'] = ip;
    attributes['network.peer.port'] = Number(client.address.slice(client.address.lastIndexOf(':') + 1));
  }
  attributes['network.protocol.version'] = versionOf(request);
  if (userAgent !== ABSENT) attributes['user_agent.original'] = decoded(head.value(userAgent), head.plain);
  return attributes;
}

/** Which addresses may be written down. */
export interface MayTell {
  readonly logForwardedFor: boolean;
  readonly logSourceAddress: boolean;
}

/** Which instance of which application it was. */
export function instanceAttributes({ endpoint, isService }: EndpointTexts): SpanAttributes {
  if (isService) return { 'cellgate.route_service': endpoint.address };
  const { appId, instanceId, instanceIndex } = endpoint;
  const named = { app_id: appId, instance_id: instanceId, instance_index: instanceIndex };
  const attributes: Mutable = {};
  for (const [name, value] of Object.entries(named)) if (value !== '') attributes[`cellgate.${name}`] = value;
  return attributes;
}

/** The scheme that the client used, as far as proxies on the way have told. */
function schemeOf({ client }: Asked, { forwardedProto }: Account): string {
  return forwardedProto === 'http' || forwardedProto === 'https' ? forwardedProto : client.scheme;
}

function versionOf({ http2, http10 }: Request): string {
  if (http2) return '2';
  return http10 ? '1.0' : '1.1';
}

function targetOf({ target }: Request, plain: boolean, redaction: QueryRedaction): string {
  // The log hides the queries of GET alone; here nobody expects those of others.
  const shown = redactedLine(`GET ${target} `, redaction).slice('GET '.length, -1);
  const query = shown.indexOf('?');
  if (query < 0) return decoded(shown, plain);
  return decoded(
    shown.slice(0, query + 1) + shown.slice(query + 1).replace(SIGNATURE, '$1$2=REDACTED'),
    plain,
  );
}

/** `latin1`: a character a byte, of UTF-8 or whatever a client sends. */
function decoded(latin1: string, plain: boolean): string {
  const text = latin1.slice(0, LONGEST);
  return plain ? text : Buffer.from(text, 'latin1').toString('utf8');
}
