import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import type { Bus, MessageHandler } from '../../src/bus/bus.ts';
import { announceComponent } from '../../src/bus/component.ts';
import { subscribeRoutes } from '../../src/bus/subscriber.ts';
import { LogLines, RegistryFixture } from '../support/registry-fixture.ts';

/** Hands messages to their handlers without any guard: what a handler throws fails the test. */
class BareBus implements Bus {
  readonly published: string[] = [];
  readonly #handlers: [subject: string, handle: MessageHandler][] = [];

  publish(subject: string): void {
    this.published.push(subject);
  }

  subscribe(subject: string, handle: MessageHandler): void {
    this.#handlers.push([subject, handle]);
  }

  onReconnect(): void {}

  async flush(): Promise<void> {}

  deliver(subject: string, payload: Uint8Array, reply: string): void {
    for (const [wanted, handle] of this.#handlers) {
      if (wanted === subject || (wanted === 'router.*' && /^router\.[^.]+$/.test(subject))) {
        handle(subject, payload, reply);
      }
    }
  }
}

async function router() {
  const bus = new BareBus();
  const table = new RegistryFixture();
  const log = new LogLines();
  const tcp: unknown[] = [];
  await subscribeRoutes({
    bus,
    routes: table.registry,
    tcpRoutes: {
      register: (registration) => void tcp.push(registration),
      unregister: (registration) => void tcp.push(registration),
    },
    startMessage: Buffer.from('{}'),
    http2: true,
    log,
    counters: table.tally,
  });
  await announceComponent({ bus, describe: async () => '{}', log });
  return { bus, table, log };
}

const GOOD: Readonly<Record<string, unknown>> = {
  uris: ['a.test', 'b.test/path'],
  host: '10.0.0.1',
  port: 8080,
  tls_port: 0,
  app: 'app',
  protocol: 'http1',
  private_instance_id: 'i',
  private_instance_index: '0',
  server_cert_domain_san: 'san',
  isolation_segment: '',
  availability_zone: 'az',
  route_service_url: '',
  stale_threshold_in_seconds: 60,
  endpoint_updated_at_ns: 1,
  tags: { component: 'c' },
  options: {
    loadbalancing: 'hash',
    hash_header: 'x-user',
    hash_balance: 1.1,
    request_timeout: '30s',
    route_policy_scope: 'any',
    route_policy_sources: 'cf:any',
  },
};
const TCP: Readonly<Record<string, unknown>> = {
  protocol: 'tcp',
  external_port: 2000,
  host: '10.0.0.1',
  port: 80,
  sni_hostname: 'a.test',
  alpns: 'h2',
  terminate_frontend_tls: true,
  send_proxy_protocol: 'v2',
};

const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    -1,
    0,
    1.5,
    2 ** 53,
    1e308,
    '\ud800',
    '\u0000',
    '__proto__',
    ['__proto__'],
    [[]],
    [null],
    { __proto__: null },
    { constructor: { prototype: 1 } },
    'x'.repeat(70_000),
    Array.from({ length: 200 }, (_, i) => `app-${i}.test`),
  ),
  fc.string({ unit: 'binary' }),
);

function changed(message: Readonly<Record<string, unknown>>): fc.Arbitrary<string> {
  return fc
    .record({
      key: fc.constantFrom(...Object.keys(message)),
      value: oddValue,
      other: fc.string(),
      add: oddValue,
    })
    .map(({ key, value, other, add }) => JSON.stringify({ ...message, [key]: value, [other]: add }));
}

const options = fc
  .record({ key: fc.constantFrom(...Object.keys(GOOD['options'] as object)), value: oddValue })
  .map(({ key, value }) =>
    JSON.stringify({ ...GOOD, options: { ...(GOOD['options'] as object), [key]: value } }),
  );

/** What no serializer writes. */
const oddText = fc.constantFrom(
  '',
  'null',
  '7',
  '1e999',
  '"text"',
  '[]',
  '{}',
  '[{}]',
  '{"__proto__": {"uris": ["a.test"]}, "host": "10.0.0.1", "port": 1}',
  '{"uris": ["a.test"], "host": "10.0.0.1", "port": 1, "tags": {"__proto__": null, "__proto__": "x"}}',
  '{"uris": ["a.test"], "host": "10.0.0.1", "port": 99999999999999999999999999}',
  '{"uris": ["a.test"], "host": "10.0.0.1", "port": 1e400, "options": {"hash_balance": 1e400}}',
  `{"uris": ["a.test"], "host": "10.0.0.1", "port": 1, "endpoint_updated_at_ns": ${'9'.repeat(500_000)}}`,
  `{"uris": ["a.test"], "host": "10.0.0.1", "port": 1, "stale_threshold_in_seconds": ${'9'.repeat(400)}}`,
  '{"uris": ["\\ud800.test", "a\\u0000.test"], "host": "\\udfff", "port": 1}',
  '['.repeat(200_000),
  `{"uris":${'['.repeat(100_000)}${']'.repeat(100_000)},"endpoint_updated_at_ns":1,"x":{"endpoint_updated_at_ns":1}}`,
  `{"a":`.repeat(100_000) + '1' + '}'.repeat(100_000),
  `{"uris":["${'a'.repeat(1024 * 1024)}"]}`,
  `{"external_port": ${'['.repeat(50_000)}`,
);

const payload = fc.oneof(
  changed(GOOD).map((text) => Buffer.from(text)),
  changed(TCP).map((text) => Buffer.from(text)),
  options.map((text) => Buffer.from(text)),
  oddText.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(changed(GOOD), fc.nat(), fc.nat(255)).map(([text, place, byte]) => {
    const bytes = Buffer.from(text);
    bytes[place % bytes.length] = byte;
    return bytes;
  }),
);
const message = fc.record({
  subject: fc.constantFrom(
    'router.register',
    'router.register',
    'router.unregister',
    'router.greet',
    'router.start',
    'vcap.component.discover',
  ),
  payload,
  reply: fc.constantFrom('', '_INBOX.1', 'a b', '\ud800'),
  times: fc.integer({ min: 1, max: 2 }),
});

test('no message whatever makes a handler throw, and the table goes on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 12 }), async (messages) => {
      const { bus, table } = await router();
      for (const { subject, payload: bytes, reply, times } of messages) {
        for (let i = 0; i < times; i++) bus.deliver(subject, bytes, reply);
      }
      const good = Buffer.from(JSON.stringify({ ...GOOD, uris: ['good.test'], port: 9 }));
      bus.deliver('router.register', good, '');
      assert.ok(table.addresses('good.test')?.includes('10.0.0.1:9'));
      JSON.stringify(table.registry.routes());
      table.now = 10_000_000;
      table.prune(true);
      assert.equal(table.registry.endpointCount, 0);
      assert.equal(({} as Record<string, unknown>)['uris'], undefined);
    }),
    { numRuns: 400 },
  );
});

test('each odd text by itself is refused or taken, and nothing is thrown', async () => {
  const { bus, log } = await router();
  for (const text of fc.sample(oddText, 200)) {
    for (const subject of ['router.register', 'router.unregister', 'router.greet']) {
      bus.deliver(subject, Buffer.from(text), '');
    }
  }
  assert.ok(log.lines.some(({ message: line }) => line === 'validation-error'));
});
