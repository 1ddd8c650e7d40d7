import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { readOtelEnvironment } from '../../src/otel/environment.ts';
import type { Environment } from '../../src/otel/variables.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.test:4318' };
const SECRET = 'c2VjcmV0';

function read(environment: Environment) {
  const { settings, warnings } = readOtelEnvironment(environment);
  return { ...settings, warnings };
}

function traces(environment: Environment) {
  const { traces: settings, warnings } = read({ ...ENDPOINT, ...environment });
  assert.ok(settings !== null, warnings.join('\n'));
  return { ...settings, warnings };
}

describe('the environment', () => {
  test('without an endpoint turns nothing on', () => {
    const environment = { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'nonsense' };
    assert.deepEqual(read(environment), { resource: {}, traces: null, metrics: null, warnings: [] });
  });

  test('with an endpoint turns traces and metrics on, by the defaults of the specification', () => {
    const common = {
      encoding: 'protobuf',
      headers: {},
      timeout: 10_000,
      gzip: false,
      certificateFile: '',
      exportTimeout: 30_000,
    };
    assert.deepEqual(read(ENDPOINT), {
      resource: { 'service.name': 'cellgate' },
      traces: {
        ...common,
        url: 'http://collector.test:4318/v1/traces',
        sampling: { parentBased: true, ratio: 1 },
        maxQueue: 2048,
        maxBatch: 512,
        delay: 5000,
      },
      metrics: { ...common, url: 'http://collector.test:4318/v1/metrics', interval: 60_000 },
      warnings: [],
    });
  });

  test('turns a signal off by its exporter, and all of them by OTEL_SDK_DISABLED', () => {
    const off = (more: Environment) => {
      const { traces: spans, metrics } = read({ ...ENDPOINT, ...more });
      return [spans === null, metrics === null];
    };
    assert.deepEqual(off({ OTEL_TRACES_EXPORTER: 'none' }), [true, false]);
    assert.deepEqual(off({ OTEL_METRICS_EXPORTER: 'none' }), [false, true]);
    assert.deepEqual(off({ OTEL_SDK_DISABLED: 'TRUE' }), [true, true]);
    assert.deepEqual(off({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }), [true, true]);
  });

  test('adds a path to the endpoint of all signals, and none to that of one', () => {
    const urls = (more: Environment) => {
      const { traces: spans, metrics } = read(more);
      return [spans?.url, metrics?.url];
    };
    assert.deepEqual(urls({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.test/otlp/?k=1#x' }), [
      'https://c.test/otlp/v1/traces?k=1',
      'https://c.test/otlp/v1/metrics?k=1',
    ]);
    assert.deepEqual(urls({ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://spans.test/x' }), [
      'http://spans.test/x',
      'http://collector.test:4318/v1/metrics',
    ]);
    assert.deepEqual(urls({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m.test' }), [
      undefined,
      'http://m.test/',
    ]);
  });

  test('of one signal goes before that of all', () => {
    const settings = traces({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2500',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: '/ca.pem',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'Authorization=Basic%20eA%3D%3D, x-b = 2 ',
    });
    assert.deepEqual(
      [settings.encoding, settings.timeout, settings.gzip, settings.certificateFile, settings.headers],
      ['json', 2500, true, '/ca.pem', { authorization: 'Basic eA==', 'x-b': '2' }],
    );
  });

  test('names the service and the resource', () => {
    const resource = (more: Environment) => read({ ...ENDPOINT, ...more }).resource;
    const attributes = 'deployment.environment.name=test,service.name=mine,text=%C3%A9%2C';
    assert.deepEqual(resource({ OTEL_RESOURCE_ATTRIBUTES: attributes }), {
      'deployment.environment.name': 'test',
      'service.name': 'mine',
      text: 'é,',
    });
    const both = { OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: 'edge' };
    assert.equal(resource(both)['service.name'], 'edge');
  });

  for (const [sampler, sampling] of [
    ['always_on', { parentBased: false, ratio: 1 }],
    ['always_off', { parentBased: false, ratio: 0 }],
    ['traceidratio', { parentBased: false, ratio: 0.25 }],
    ['parentbased_always_on', { parentBased: true, ratio: 1 }],
    ['parentbased_always_off', { parentBased: true, ratio: 0 }],
    ['parentbased_traceidratio', { parentBased: true, ratio: 0.25 }],
  ] as const) {
    test(`takes the sampler ${sampler}`, () => {
      const found = traces({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.25' });
      assert.deepEqual([found.sampling, found.warnings], [sampling, []]);
    });
  }

  for (const [name, value, said] of [
    ['OTEL_SDK_DISABLED', 'yes', 'OTEL_SDK_DISABLED="yes": allowed: true, or false; false is used'],
    ['OTEL_TRACES_EXPORTER', 'jaeger', 'OTEL_TRACES_EXPORTER="jaeger": allowed: otlp, none; otlp is used'],
    [
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
      'http',
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http": allowed: http/protobuf, http/json; http/protobuf is used',
    ],
    [
      'OTEL_EXPORTER_OTLP_TIMEOUT',
      '10s',
      'OTEL_EXPORTER_OTLP_TIMEOUT="10s": allowed: milliseconds from 1 to 600000; 10000 is used',
    ],
    [
      'OTEL_EXPORTER_OTLP_COMPRESSION',
      'zstd',
      'OTEL_EXPORTER_OTLP_COMPRESSION="zstd": allowed: gzip, none; none is used',
    ],
    [
      'OTEL_TRACES_SAMPLER',
      'sometimes',
      'OTEL_TRACES_SAMPLER="sometimes": allowed: always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio; parentbased_always_on is used',
    ],
    [
      'OTEL_BSP_MAX_QUEUE_SIZE',
      '0',
      'OTEL_BSP_MAX_QUEUE_SIZE="0": allowed: spans from 1 to 65536; 2048 is used',
    ],
    [
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
      '4096',
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE="4096": allowed: no more than OTEL_BSP_MAX_QUEUE_SIZE, 2048; 2048 is used',
    ],
    [
      'OTEL_BSP_SCHEDULE_DELAY',
      '-5',
      'OTEL_BSP_SCHEDULE_DELAY="-5": allowed: milliseconds from 1 to 86400000; 5000 is used',
    ],
    [
      'OTEL_METRIC_EXPORT_INTERVAL',
      '1.5',
      'OTEL_METRIC_EXPORT_INTERVAL="1.5": allowed: milliseconds from 1 to 86400000; 60000 is used',
    ],
    [
      'OTEL_RESOURCE_ATTRIBUTES',
      'a=1,b',
      'OTEL_RESOURCE_ATTRIBUTES: entry 2: allowed: name=value, percent-encoded; it is left out of the attributes',
    ],
  ] as const) {
    test(`says once what is wrong with ${name}, and uses the default`, () => {
      const { warnings, traces: found } = read({ ...ENDPOINT, [name]: value });
      assert.deepEqual(warnings, [said]);
      assert.ok(found !== null);
    });
  }

  test('says what is wrong with the share of a sampler', () => {
    const found = traces({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10%' });
    assert.deepEqual(
      [found.sampling.ratio, found.warnings],
      [1, ['OTEL_TRACES_SAMPLER_ARG="10%": allowed: a share from 0 to 1; 1 is used']],
    );
  });

  test('that asks for gRPC turns the signal off, and says so', () => {
    const { traces: found, metrics, warnings } = read({ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    assert.deepEqual([found, metrics], [null, null]);
    assert.deepEqual(warnings, [
      'OTEL_EXPORTER_OTLP_PROTOCOL="grpc": allowed: http/protobuf, http/json; gRPC is not supported: no traces are exported',
      'OTEL_EXPORTER_OTLP_PROTOCOL="grpc": allowed: http/protobuf, http/json; gRPC is not supported: no metrics are exported',
    ]);
  });

  test('with an endpoint that is no URL turns the signal off, and quotes nothing of it', () => {
    for (const url of [`${SECRET}.test:4318`, `ftp://x:${SECRET}@c.test`, 'collector', `::${SECRET}`]) {
      const { traces: found, warnings } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
      assert.equal(found, null);
      assert.deepEqual(warnings, [
        'OTEL_EXPORTER_OTLP_ENDPOINT: allowed: a URL with http:// or https://; nothing is exported there',
      ]);
    }
  });

  test('quotes no header, and sends none that is the exporter’s own', () => {
    const headers = `authorization=${SECRET}%ZZ,bad name=${SECRET},x=a%0Ab${SECRET},Host=${SECRET},ok=1`;
    const found = traces({ OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers });
    assert.deepEqual(found.headers, { ok: '1' });
    assert.equal(found.warnings.length, 4);
    assert.ok(!found.warnings.join().includes(SECRET));
    const user = traces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://me:${SECRET}@c.test/v1/traces` });
    assert.equal(user.url, 'http://c.test/v1/traces');
    assert.ok(user.warnings.length === 1 && !user.warnings.join().includes(SECRET));
  });

  test('sends no header by which a request would not be taken to its end', () => {
    // The client refuses some of them, and others are about a connection.
    const names = ['expect', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];
    for (const name of names) {
      const found = traces({ OTEL_EXPORTER_OTLP_HEADERS: `${name}=x,ok=1` });
      assert.deepEqual(found.headers, { ok: '1' });
      assert.deepEqual(found.warnings, [
        `OTEL_EXPORTER_OTLP_HEADERS: ${name} is the exporter's own; it is left out of the headers`,
      ]);
    }
  });

  test('whatever it holds is read without an error, into numbers within their ranges', () => {
    const names = [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'OTEL_EXPORTER_OTLP_HEADERS',
      'OTEL_EXPORTER_OTLP_TIMEOUT',
      'OTEL_RESOURCE_ATTRIBUTES',
      'OTEL_TRACES_SAMPLER',
      'OTEL_TRACES_SAMPLER_ARG',
      'OTEL_BSP_MAX_QUEUE_SIZE',
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
      'OTEL_BSP_SCHEDULE_DELAY',
      'OTEL_METRIC_EXPORT_INTERVAL',
    ];
    const value = fc.oneof(fc.string(), fc.integer().map(String), fc.constantFrom('a=%', 'http://a', 'NaN'));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (environment) => {
        const { traces: found, metrics } = read({ ...ENDPOINT, ...environment });
        if (found !== null) {
          assert.ok(found.maxBatch >= 1 && found.maxBatch <= found.maxQueue && found.maxQueue <= 65_536);
          assert.ok(found.timeout >= 1 && found.delay >= 1);
          assert.ok(found.sampling.ratio >= 0 && found.sampling.ratio <= 1);
        }
        if (metrics !== null) assert.ok(metrics.interval >= 1 && metrics.interval <= 86_400_000);
      }),
    );
  });
});
