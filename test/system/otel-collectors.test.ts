import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { OtelCollector } from '../support/otel-collector.ts';
import type { Message } from '../support/otlp-reader.ts';
import { endpoint, tracedRouter } from '../support/traced-router.ts';

describe('a collector', () => {
  test('that is busy gets the same again when it has asked for it', async (t) => {
    const statuses = [429, 503];
    const collector = await OtelCollector.start(t, (response, _, number) => {
      const status = statuses[number - 1];
      response.writeHead(status ?? 200, status === undefined ? {} : { 'retry-after': '0' }).end();
    });
    const { traced, until } = await tracedRouter(t, {
      ...endpoint(collector),
      OTEL_METRICS_EXPORTER: 'none',
    });
    await traced();
    assert.deepEqual(await until('exported', 2), { exported: 2, dropped: 0, refused: 0 });
    const [first, ...again] = collector.requests.map(({ message }) => message);
    assert.deepEqual(again, [first, first]);
  });

  test('that has not taken all is believed, and told of once', async (t) => {
    const answer = { partialSuccess: { rejectedSpans: '1', errorMessage: 'too old' } };
    const collector = await OtelCollector.start(t, (response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    const json = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_METRICS_EXPORTER: 'none' };
    const { router, traced, until } = await tracedRouter(t, { ...endpoint(collector), ...json });
    await traced();
    assert.deepEqual(await until('refused', 1), { exported: 1, dropped: 0, refused: 1 });
    await traced();
    await until('refused', 2);
    const { reason } = (await router.logged('otel-export-refused')) as Message;
    assert.equal(reason, 'too old');
    assert.equal(router.stdout.split('otel-export-refused').length, 2);
  });

  test('that refuses gets nothing again', async (t) => {
    const collector = await OtelCollector.start(t, (response) => void response.writeHead(400).end());
    const { router, traced, until } = await tracedRouter(t, {
      ...endpoint(collector),
      OTEL_METRICS_EXPORTER: 'none',
    });
    await traced();
    assert.deepEqual(await until('refused', 2), { exported: 0, dropped: 0, refused: 2 });
    assert.equal(collector.requests.length, 1);
    const told = (await router.logged('otel-export-refused')) as Message;
    assert.deepEqual([told['reason'], told['collector']], ['status 400', collector.url]);
  });

  for (const [what, environment] of [
    [
      'refuses connections',
      async () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` }),
    ],
    ['never answers', async (t: TestContext) => endpoint(await OtelCollector.start(t, () => {}))],
  ] as const) {
    test(`that ${what} costs no request, a bounded queue, and no more of the end than one timeout`, async (t) => {
      const { router, traced, until } = await tracedRouter(t, {
        ...(await environment(t)),
        OTEL_EXPORTER_OTLP_TIMEOUT: '200',
        OTEL_BSP_EXPORT_TIMEOUT: '400',
        OTEL_BSP_MAX_QUEUE_SIZE: '8',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
      });
      for (let i = 0; i < 40; i++) await traced(`/${i}`);
      // All but those that wait and those that are under way.
      const counts = await until('dropped', 80 - 12);
      assert.deepEqual([counts['exported'], counts['refused']], [0, 0]);
      router.kill('SIGTERM');
      assert.deepEqual(await router.exited, [0, null]);
    });
  }

  test('that is slow gets all of it in the end', async (t) => {
    const collector = await OtelCollector.start(t, (response) => {
      setTimeout(() => response.end(), 100);
    });
    const { traced, until } = await tracedRouter(t, {
      ...endpoint(collector),
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '16',
    });
    for (let i = 0; i < 20; i++) await traced();
    assert.deepEqual(await until('exported', 40), { exported: 40, dropped: 0, refused: 0 });
    assert.equal(new Set(collector.spans.map(({ spanId }) => spanId)).size, 40);
  });
});
