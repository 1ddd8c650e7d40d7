import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, valuesOf } from '../support/raw-http.ts';

const authority = new Authority();
const { cert, key } = authority.issue({ names: 'DNS:app.test' });

const FRONT = {
  certificates: [{ certChain: cert, privateKey: key }],
  http2: false,
  ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  clientCertificates: 'none',
  clientCa: [],
  trustSystemCa: false,
  rules: [],
  domains: [],
  ticketKeys: Buffer.alloc(48),
} as const;

const SENT = [null, 'http', 'https'] as const;

/** What the backend is told, as the table of the reference says. */
function expected(force: boolean, sanitize: boolean, scheme: string, sent: string | null): string {
  if (force) return 'https';
  return sanitize ? scheme : (sent ?? scheme);
}

for (const force of [false, true]) {
  for (const sanitize of [false, true]) {
    for (const scheme of ['http', 'https'] as const) {
      test(`§3.5 force ${force}, sanitize ${sanitize}, over ${scheme}: by what the client sends`, async (t) => {
        const engine = await HttpEngine.start(t, {
          frontTls: scheme === 'https' ? FRONT : null,
          forceForwardedProtoHttps: force,
          sanitizeForwardedProto: sanitize,
        });
        const backend = await Backend.start(t, () => ok());
        engine.route('app.test', backend.port);
        let client: RawClient;
        if (scheme === 'http') {
          client = await engine.connect();
        } else {
          const socket = connect({ port: engine.port, servername: 'app.test', ca: authority.cert });
          await once(socket, 'secureConnect');
          client = new RawClient(socket);
        }
        for (const sent of SENT) {
          const line = sent === null ? '' : `X-Forwarded-Proto: ${sent}\r\n`;
          await client.send(get('app.test').replace(/\r\n$/, `${line}\r\n`)).response();
          const got = valuesOf(backend.requests.at(-1)!, 'X-Forwarded-Proto');
          assert.deepEqual(got, [expected(force, sanitize, scheme, sent)], `${sent}`);
        }
        client.close();
      });
    }
  }
}
