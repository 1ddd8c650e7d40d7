import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { overlay } from '../../src/config/defaults.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { attributesOf, OtelCollector } from '../support/otel-collector.ts';
import type { Message } from '../support/otlp-reader.ts';
import { valuesOf } from '../support/raw-http.ts';
import { endpoint, TRACE, TRACED, tracedRouter } from '../support/traced-router.ts';

describe('a router with OTEL_ variables', () => {
  test('sends spans and metrics as protobuf, compressed, with the headers and the names it was given', async (t) => {
    const collector = await OtelCollector.start(t);
    const { app, traced, until } = await tracedRouter(t, {
      ...endpoint(collector),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret,x-tenant=7',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_SERVICE_NAME: 'edge',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
    });
    await traced('/cart');
    await collector.until(() => collector.spans.length === 2);
    const [server, attempt] = collector.spans;
    assert.deepEqual(
      [server!.traceId, server!.name, server!.kind, attempt!.kind, attempt!.parentSpanId],
      [TRACE, 'GET app.test', 2, 3, server!.spanId],
    );
    assert.deepEqual(
      [server!.attributes['url.path'], server!.attributes['http.response.status_code']],
      ['/cart', 200],
    );
    assert.deepEqual(valuesOf(app.requests.at(-1)!, 'traceparent'), [`00-${TRACE}-${attempt!.spanId}-01`]);
    const { path, headers, message } = collector.requests.find(({ path: each }) => each === '/v1/traces')!;
    assert.deepEqual(
      [path, headers['content-type'], headers['authorization'], headers['x-tenant']],
      ['/v1/traces', 'application/x-protobuf', 'Bearer secret', '7'],
    );
    const [{ resource }] = message['resourceSpans'] as [{ resource: Message }];
    const named = attributesOf(resource);
    assert.deepEqual([named['service.name'], named['deployment.environment.name']], ['edge', 'test']);
    assert.equal((await until('exported', 2))['exported'], 2);
    // The figures are those of /metrics a little later.
    const requests = () =>
      collector.metrics.get('cellgate.requests') as unknown as { sum: { dataPoints: Message[] } };
    await collector.until(() => Number(requests()?.sum.dataPoints[0]?.['asInt'] ?? 0) > 0);
    const duration = collector.metrics.get('http.server.request.duration') as unknown as {
      unit: string;
      histogram: { dataPoints: { count: string; bucketCounts: string[]; explicitBounds: number[] }[] };
    };
    const [point] = duration.histogram.dataPoints;
    assert.equal(duration.unit, 's');
    assert.equal(point!.bucketCounts.length, point!.explicitBounds.length + 1);
    assert.equal(
      point!.bucketCounts.reduce((sum, each) => sum + Number(each), 0),
      Number(point!.count),
    );
  });

  test('sends them as JSON where that is asked for, and only the signals that are', async (t) => {
    const collector = await OtelCollector.start(t);
    const { traced } = await tracedRouter(t, {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/custom?x=1`,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_METRIC_EXPORT_INTERVAL: '1',
    });
    await traced();
    await collector.until(() => collector.spans.length === 2);
    assert.deepEqual(
      [...new Set(collector.requests.map(({ path, headers }) => `${path} ${headers['content-type']}`))],
      ['/custom?x=1 application/json'],
    );
  });

  test('samples by chance what nobody has decided on', async (t) => {
    const collector = await OtelCollector.start(t);
    const { app, traced } = await tracedRouter(t, {
      ...endpoint(collector),
      OTEL_TRACES_SAMPLER: 'traceidratio',
    });
    await traced();
    await collector.until(() => collector.spans.length > 2);
    assert.ok(app.requests.every((request) => valuesOf(request, 'traceparent')[0]?.endsWith('-01')));
  });

  test('goes on with them after a reload', async (t) => {
    const collector = await OtelCollector.start(t);
    const { router, traced, file, text } = await tracedRouter(t, endpoint(collector));
    writeFileSync(file, JSON.stringify(overlay(JSON.parse(text), { max_request_headers: 99 })));
    router.kill('SIGHUP');
    await router.logged('configuration-reloaded');
    await traced('/after');
    await collector.until(() =>
      collector.spans.some(({ attributes }) => attributes['url.path'] === '/after'),
    );
  });

  test('sends the last spans and figures when it ends', async (t) => {
    const collector = await OtelCollector.start(t);
    const { router, traced } = await tracedRouter(t, {
      ...endpoint(collector),
      OTEL_BSP_SCHEDULE_DELAY: '3600000',
    });
    await traced('/last');
    router.kill('SIGTERM');
    assert.deepEqual(await router.exited, [0, null]);
    assert.equal(collector.spans.length, 2);
    assert.ok(collector.metrics.has('cellgate.requests'));
  });

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
