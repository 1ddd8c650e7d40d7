import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { OtelCollector } from '../support/otel-collector.ts';
import type { Message } from '../support/otlp-reader.ts';
import { valuesOf } from '../support/raw-http.ts';
import { endpoint, TRACED, tracedRouter } from '../support/traced-router.ts';

describe('a router with OTEL_ variables', () => {
  test('speaks TLS with a collector whose authority it is given, and with no other', async (t) => {
    const authority = new Authority();
    const tls = authority.issue({ names: 'IP:127.0.0.1' });
    const collector = await OtelCollector.start(t, undefined, tls);
    const ca = join(temporaryDirectory(t), 'ca.pem');
    writeFileSync(ca, authority.cert);
    const trusted = await tracedRouter(t, { ...endpoint(collector), OTEL_EXPORTER_OTLP_CERTIFICATE: ca });
    await trusted.traced();
    await trusted.until('exported', 2);
    const missing = `${ca}.missing`;
    const other = await tracedRouter(t, {
      ...endpoint(collector),
      OTEL_EXPORTER_OTLP_CERTIFICATE: missing,
      OTEL_BSP_EXPORT_TIMEOUT: '100',
    });
    await other.traced();
    assert.equal((await other.until('dropped', 2))['exported'], 0);
    assert.equal(((await other.router.logged('otel-certificate-unreadable')) as Message)['file'], missing);
    assert.match(
      String(((await other.router.logged('otel-export-failed')) as Message)['reason']),
      /certificate/,
    );
  });

  test('sends nothing where they turn it off, and leaves requests alone', async (t) => {
    const collector = await OtelCollector.start(t);
    const { router, app, traced, counted } = await tracedRouter(t, {
      ...endpoint(collector),
      OTEL_SDK_DISABLED: 'true',
      OTEL_METRIC_EXPORT_INTERVAL: '1',
    });
    await traced();
    assert.deepEqual(valuesOf(app.requests.at(-1)!, 'traceparent'), [
      TRACED[0]!.slice('traceparent: '.length),
    ]);
    assert.deepEqual(await counted(), { exported: 0, dropped: 0, refused: 0 });
    router.kill('SIGTERM');
    await router.exited;
    assert.equal(collector.connections, 0);
    assert.ok(!router.stdout.includes('otel-started'));
  });

  test('says what is wrong with one of them, at its start and in a check, and quotes no secret', async (t) => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer c2VjcmV0%ZZ',
      OTEL_SDK_DISABLED: 'no',
    };
    const { router, traced } = await tracedRouter(t, environment);
    await traced();
    assert.match(
      router.stdout,
      /OTEL_EXPORTER_OTLP_PROTOCOL=\\"grpc\\": allowed: http\/protobuf, http\/json; gRPC is not supported/,
    );
    assert.ok(!router.stdout.includes('otel-started'));
    const check = new CellgateProcess(t, ['check'], undefined, environment);
    assert.deepEqual(await check.exited, [0, null]);
    assert.match(
      check.stderr,
      /^cellgate: warning: OTEL_SDK_DISABLED="no": allowed: true, or false; false is used$/m,
    );
    assert.ok(!`${router.stdout}${check.stderr}`.includes('c2VjcmV0'));
  });
});
