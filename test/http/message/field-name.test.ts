import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import * as names from '../../../src/http/message/field-name.ts';
import { latin1 } from '../../support/message-reader.ts';

const KNOWN: Readonly<Record<string, number>> = {
  host: names.HOST_FIELD,
  'content-length': names.CONTENT_LENGTH,
  'transfer-encoding': names.TRANSFER_ENCODING,
  connection: names.CONNECTION,
  'keep-alive': names.KEEP_ALIVE,
  'proxy-connection': names.PROXY_CONNECTION,
  'proxy-authenticate': names.PROXY_AUTHENTICATE,
  'proxy-authorization': names.PROXY_AUTHORIZATION,
  te: names.TE,
  trailer: names.TRAILER,
  upgrade: names.UPGRADE,
  'http2-settings': names.HTTP2_SETTINGS,
  expect: names.EXPECT,
  'x-forwarded-for': names.X_FORWARDED_FOR,
  'x-forwarded-proto': names.X_FORWARDED_PROTO,
  'x-request-start': names.X_REQUEST_START,
  'x-vcap-request-id': names.X_VCAP_REQUEST_ID,
  'x-cf-applicationid': names.X_CF_APPLICATION_ID,
  'x-cf-instanceindex': names.X_CF_INSTANCE_INDEX,
  'x-cf-instanceid': names.X_CF_INSTANCE_ID,
  'x-cf-app-instance': names.X_CF_APP_INSTANCE,
  'x-cf-proxy-signature': names.X_CF_PROXY_SIGNATURE,
  'x-cf-routererror': names.X_CF_ROUTER_ERROR,
  'max-forwards': names.MAX_FORWARDS,
  'idempotency-key': names.IDEMPOTENCY_KEY,
  'x-idempotency-key': names.X_IDEMPOTENCY_KEY,
  'sec-websocket-key': names.SEC_WEBSOCKET_KEY,
  'sec-websocket-accept': names.SEC_WEBSOCKET_ACCEPT,
  'x-vcap-trace': names.X_VCAP_TRACE,
  'x-cellgate-debug': names.X_CELLGATE_DEBUG,
  b3: names.B3,
  'x-b3-traceid': names.X_B3_TRACEID,
  'x-b3-spanid': names.X_B3_SPANID,
  traceparent: names.TRACEPARENT,
  tracestate: names.TRACESTATE,
};

/** Those on which framing or identity hangs. */
const IMITATED = Object.keys(KNOWN).filter((name) =>
  /^(content-length|transfer-encoding|x-forwarded-(for|proto)|x-vcap-request-id|x-cf-(?!routererror).*)$/.test(
    name,
  ),
);

function identify(name: string): number {
  const bytes = latin1(`<${name}>`);
  return names.identify(bytes, 1, bytes.length - 1);
}

const known = fc.constantFrom(...Object.keys(KNOWN));
const tokenChar = fc.constantFrom(..."!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz");

/** The name with the case of each letter as the bits say. */
function inCase(name: string, bits: number): string {
  return Array.from(name, (char, at) => ((bits >> (at % 30)) & 1 ? char.toUpperCase() : char)).join('');
}

describe('a field name', () => {
  test('that the router knows is recognised in any case', () => {
    fc.assert(
      fc.property(known, fc.nat(), (name, bits) => assert.equal(identify(inCase(name, bits)), KNOWN[name])),
    );
  });

  /** Of a token, and neither letter nor digit. */
  const sign = fc.constantFrom(..."!#$%&'*+.^_`|~");
  const respelled = fc
    .tuple(known, fc.nat(), fc.boolean(), sign)
    .filter(([name]) => name.includes('-'))
    .map(([name, bits, all, char]) => ({
      name,
      spelled: inCase(all ? name.replaceAll('-', () => char) : name.replace('-', () => char), bits),
    }));

  test('F14 spelled with any other sign for a hyphen is an imitation where framing or identity hangs on it', () => {
    assert.equal(IMITATED.length, 10);
    fc.assert(
      fc.property(respelled, ({ name, spelled }) => {
        assert.equal(identify(spelled), IMITATED.includes(name) ? names.LOOKALIKE : names.OTHER, spelled);
      }),
      { numRuns: 2000 },
    );
  });

  test('with any other difference is none of those', () => {
    fc.assert(
      fc.property(
        known,
        fc.nat(),
        fc.nat(1),
        fc.array(tokenChar, { maxLength: 2 }),
        (name, place, cut, put) => {
          const at = place % name.length;
          const changed = name.slice(0, at) + put.join('') + name.slice(at + cut);
          fc.pre(changed !== '' && !(changed.toLowerCase().replaceAll(/[^a-z0-9]/g, '-') in KNOWN));
          assert.equal(identify(changed), names.OTHER, changed);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('of any token is never taken for one that it is not', () => {
    const token = fc.string({ unit: tokenChar, minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(token, (name) => assert.equal(identify(name), KNOWN[name.toLowerCase()] ?? names.OTHER)),
    );
  });
});
