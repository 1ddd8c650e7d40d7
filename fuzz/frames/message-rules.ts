import type { ModelField } from '../../test/support/hpack-model.ts';
import { isNoField } from '../http2/fields-said.ts';
import { LIMITS } from './limits.ts';

type Block = readonly ModelField[];

/** Why a head is refused of which too much comes. */
export const TOO_MUCH = 'more than is taken';

const OF_REQUESTS = [':method', ':scheme', ':authority', ':path', ':protocol'];
/** RFC 9113 §8.2.2. */
const OF_HTTP_1 = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];

/** Names of which a client says none that an application could take for them (docs/compatibility.md). */
const IMITATED = (
  'content-length transfer-encoding x-forwarded-for x-forwarded-proto x-forwarded-client-cert x-vcap-request-id ' +
  'x-cf-application-id x-cf-instance-index x-cf-instance-id x-cf-app-instance x-cf-proxy-signature ' +
  'x-cf-proxy-metadata x-cf-forwarded-url'
).split(' ');
export const IMITATES = 'a name that imitates another';

/** Why a block is no head of a request (RFC 9113 §8.1 to §8.3); `null`: it is one. `ends`: nothing comes behind. */
export function requestFlaw(block: Block, ends: boolean): string | null {
  return (
    fieldsFlaw(block) ??
    pseudoFlaw(block, OF_REQUESTS) ??
    requestPseudoFlaw(block) ??
    lengthFlaw(block) ??
    (valuesOf(block, 'host').length > 1 ? 'two hosts (RFC 9112 §3.2)' : null) ??
    (ends && lengthOf(block) > 0 ? 'a length without a body (§8.1.1)' : null)
  );
}

/** The same of a response, interim or final. */
export function responseFlaw(block: Block, ends: boolean): string | null {
  const [status = ''] = valuesOf(block, ':status');
  const flaw = fieldsFlaw(block) ?? pseudoFlaw(block, [':status']) ?? lengthFlaw(block);
  if (flaw !== null) return flaw;
  if (!/^[1-9]\d\d$/.test(status)) return 'no status (§8.3.2)';
  if (status === '101') return '101 (§8.6)';
  return ends && status.startsWith('1') ? 'a 1xx that ends (§8.1)' : null;
}

/** The same of trailers. RFC 9110 §6.5.1: a length behind its body is refused, as over HTTP/1.1. */
export function trailersFlaw(block: Block, ends: boolean, isOfClient: boolean): string | null {
  const isLarge = isTooLarge(block) || block.length > LIMITS.trailers.fields;
  return (
    fieldsFlaw(block) ??
    (block.some(([name]) => name.startsWith(':')) ? 'a pseudo-header in trailers (§8.1)' : null) ??
    (valuesOf(block, 'content-length').length > 0 ? 'a length in trailers' : null) ??
    (ends ? null : 'trailers that are not the end (§8.1)') ??
    (isLarge ? 'more trailers than are taken' : null) ??
    (isOfClient && block.some(imitates) ? IMITATES : null)
  );
}

/** Whether the names and values of a block are more than is taken: how much that is is everybody's own choice. */
export function isTooLarge(block: Block): boolean {
  // As HTTP/1.1 would spell them.
  const bytes = block.reduce((sum, [name, value]) => sum + name.length + value.length + ': \r\n'.length, 0);
  return bytes > LIMITS.head.bytes;
}

/** Whether a head has more lines than are taken; cookies are one, and the authority is another. */
export function hasTooManyLines(block: Block): boolean {
  const hasAuthority = valuesOf(block, ':authority').length > 0;
  const isTunnel = valuesOf(block, ':protocol').length > 0;
  const isRequest = valuesOf(block, ':status').length === 0;
  const lines = block.filter(([name]) => {
    if (name.startsWith(':') || (isRequest && name === 'cookie')) return false;
    return !(name === 'host' && hasAuthority) && !(name === 'sec-websocket-key' && isTunnel);
  });
  return lines.length + Number(hasAuthority) > LIMITS.head.fields;
}

/** Why a request that is well-formed is refused, by what the router takes; `null`: it is taken. */
export function requestRefusal(block: Block): string | null {
  const [path = ''] = valuesOf(block, ':path');
  const [authority, host] = [valuesOf(block, ':authority')[0], valuesOf(block, 'host')[0]];
  if (isTooLarge(block) || hasTooManyLines(block)) return TOO_MUCH;
  if (valuesOf(block, ':method')[0] === 'CONNECT' && valuesOf(block, ':protocol').length === 0)
    return 'CONNECT';
  // Bytes beyond ASCII have no place in one either, but nothing hangs on them.
  if (!/^[\x21-\x7e\x80-\xff]*$/.test(path) || path.includes('#')) return 'no target (RFC 9112 §3.2)';
  if (block.some(imitates)) return IMITATES;
  if (path.length > LIMITS.head.target) return 'a target too long';
  if (authority === undefined || host === undefined) return null;
  return authority.toLowerCase() === host.toLowerCase() ? null : 'another Host (§8.3.1)';
}

function imitates([name]: ModelField): boolean {
  return !IMITATED.includes(name) && IMITATED.includes(name.replace(/[^a-z0-9]/g, '-'));
}

/** What the length is that a head states; -1: none. */
export function lengthOf(block: Block): number {
  return Number(valuesOf(block, 'content-length')[0] ?? -1);
}

export function valuesOf(block: Block, wanted: string): string[] {
  return block.flatMap(([name, value]) => (name === wanted ? [value] : []));
}

function fieldsFlaw(block: Block): string | null {
  const odd = block.find(([name, value]) => isNoField([name, value]));
  if (odd !== undefined) return `a field that is none (§8.2.1): ${JSON.stringify(odd)}`;
  if (block.some(([name]) => OF_HTTP_1.includes(name))) return 'a field of HTTP/1.1 (§8.2.2)';
  const isOdd = valuesOf(block, 'te').some((value) => value.toLowerCase() !== 'trailers');
  return isOdd ? 'te (§8.2.2)' : null;
}

function pseudoFlaw(block: Block, allowed: readonly string[]): string | null {
  const names = block.map(([name]) => name);
  const pseudo = names.filter((name) => name.startsWith(':'));
  if (pseudo.some((name, at) => names[at] !== name)) return 'a pseudo-header behind others (§8.3)';
  if (new Set(pseudo).size < pseudo.length) return 'a pseudo-header twice (§8.3)';
  return pseudo.every((name) => allowed.includes(name)) ? null : 'a pseudo-header that is none (§8.3)';
}

function requestPseudoFlaw(block: Block): string | null {
  const [method, scheme, path, authority, protocol] = [
    ...[':method', ':scheme', ':path', ':authority', ':protocol'],
  ].map((name) => valuesOf(block, name)[0]);
  if (method === undefined) return 'no method (§8.3.1)';
  if (method === 'CONNECT' && protocol === undefined) {
    const isOne = scheme === undefined && path === undefined && authority !== undefined;
    return isOne && !/[ \t]/.test(authority) ? null : 'no CONNECT (§8.5)';
  }
  if (scheme === undefined || path === undefined) return 'no scheme or path (§8.3.1)';
  if (!/^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme)) return 'no scheme (RFC 3986 §3.1)';
  if (/[ \t]/.test(path + (authority ?? ''))) return 'white space in a target (RFC 3986)';
  if (protocol !== undefined && (method !== 'CONNECT' || authority === undefined))
    return 'no tunnel (RFC 8441 §4)';
  const hasHost = authority === undefined && valuesOf(block, 'host').length > 0;
  if (!hasHost && (authority ?? '') === '') return 'no authority (§8.3.1)';
  return path.startsWith('/') || (path === '*' && method === 'OPTIONS') ? null : 'no path (§8.3.1)';
}

/** RFC 9110 §8.6: one number; more of them are refused as over HTTP/1.1, be they the same. */
function lengthFlaw(block: Block): string | null {
  const lengths = valuesOf(block, 'content-length');
  const isOne = lengths.length === 0 || (lengths.length === 1 && /^\d{1,15}$/.test(lengths[0]!));
  return isOne ? null : 'a length that is none (§8.1.1)';
}
