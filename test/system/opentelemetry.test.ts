import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { overlay } from '../../src/config/defaults.ts';
import { attributesOf, OtelCollector } from '../support/otel-collector.ts';
import type { Message } from '../support/otlp-reader.ts';
import { valuesOf } from '../support/raw-http.ts';
import { endpoint, TRACE, tracedRouter } from '../support/traced-router.ts';

describe('a router with OTEL_ variables', () => {
  test('sends spans and metrics as protobuf, compressed, with the headers and the names it was given', async (t) => {
    const collector = await OtelCollector.start(t);
    const { app, traced, until } = await tracedRouter(
      t,
      {
        ...endpoint(collector),
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret,x-tenant=7',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_SERVICE_NAME: 'edge',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_METRIC_EXPORT_INTERVAL: '100',
      },
      { cellgate: { proxy_threads: 2 } },
    );
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
});
