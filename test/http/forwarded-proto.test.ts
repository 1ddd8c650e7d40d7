import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, valuesOf } from '../support/raw-http.ts';
import { FRONT, secure } from '../support/tls-clients.ts';

const BOTH = [false, true] as const;
/** An empty one counts as none. */
const SENT = [null, '', 'http', 'https'] as const;

/** What the backend is told, as the table of the reference says. */
function expected(force: boolean, sanitize: boolean, scheme: string, sent: string | null): string {
  if (force) return 'https';
  return sanitize ? scheme : sent || scheme;
}

async function told(t: TestContext, force: boolean, sanitize: boolean, scheme: string, sent: string | null) {
  const engine = await HttpEngine.start(t, {
    frontTls: scheme === 'https' ? FRONT : null,
    forceForwardedProtoHttps: force,
    sanitizeForwardedProto: sanitize,
  });
  const backend = await Backend.start(t, () => ok());
  engine.route('app.test', backend.port);
  const client =
    scheme === 'http' ? await engine.connect() : new RawClient(await secure(engine.port, 'app.test'));
  const lines = sent === null ? [] : [`X-Forwarded-Proto: ${sent}`];
  await client.send(get('app.test', '/', lines)).response();
  client.close();
  return valuesOf(backend.requests[0]!, 'X-Forwarded-Proto');
}

for (const force of BOTH) {
  for (const sanitize of BOTH) {
    for (const scheme of ['http', 'https']) {
      describe(`§3.5 X-Forwarded-Proto, force ${force}, sanitize ${sanitize}, over ${scheme}, where the client sends`, () => {
        for (const sent of SENT) {
          const proto = expected(force, sanitize, scheme, sent);
          test(`${sent === null ? 'none' : JSON.stringify(sent)}, is ${proto}`, async (t) => {
            assert.deepEqual(await told(t, force, sanitize, scheme, sent), [proto]);
          });
        }
      });
    }
  }
}

test('§3.5 of several X-Forwarded-Proto the first is what goes on, and what is logged', async (t) => {
  const engine = await HttpEngine.start(t);
  const backend = await Backend.start(t, () => ok());
  engine.route('app.test', backend.port);
  const client = await engine.connect();
  await client.send(get('app.test', '/', ['X-Forwarded-Proto: https', 'X-Forwarded-Proto: http'])).response();
  client.close();
  assert.deepEqual(valuesOf(backend.requests[0]!, 'X-Forwarded-Proto'), ['https']);
  await engine.until(() => engine.accessLog.length > 0);
  assert.match(engine.accessLog[0]!, / x_forwarded_proto:"https" /);
});
