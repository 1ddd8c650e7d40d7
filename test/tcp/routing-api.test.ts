import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventStream, type StreamEvent } from '../../src/tcp/routing-api/event-stream.ts';
import { decodeMapping } from '../../src/tcp/routing-api/mapping.ts';
import { RoutingApiSource } from '../../src/tcp/routing-api/source.ts';
import type { TcpRegistration } from '../../src/tcp/table/route.ts';
import type { ComponentLog } from '../../src/telemetry/component-log.ts';

interface Ending {
  after(done: () => unknown): void;
}

function mapping(more: object = {}): object {
  return {
    router_group_guid: 'g',
    port: 2000,
    backend_ip: '10.0.0.1',
    backend_port: 80,
    instance_id: 'i',
    modification_tag: { guid: 'm', index: 1 },
    ttl: 60,
    ...more,
  };
}

/** A routing API and a UAA in one; what it answers can be changed while it runs. */
class Api {
  list: (response: ServerResponse) => void = (response) => response.end('[]');
  tokens = 0;
  lists = 0;
  streams: ServerResponse[] = [];
  /** The token that is accepted; empty: any. */
  accepted = '';
  url = '';

  static async start(t: Ending): Promise<Api> {
    const api = new Api();
    const server = createServer((request, response) => api.#answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return api;
  }

  send(event: string, data: string): void {
    for (const stream of this.streams) stream.write(`id: 1\nevent: ${event}\ndata: ${data}\n\n`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/oauth/token') {
      response.end(JSON.stringify({ access_token: `t${++this.tokens}`, expires_in: 3600 }));
    } else if (this.accepted !== '' && request.headers.authorization !== `bearer ${this.accepted}`) {
      response.writeHead(401).end('{"name":"UnauthorizedError"}');
    } else if (request.url === '/routing/v1/tcp_routes/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
      this.streams.push(response);
    } else {
      this.lists++;
      this.list(response);
    }
  }
}

/** A source at the API, and what it has said of routes so far. */
function watch(t: Ending, api: Api, oauth = false) {
  const said: string[] = [];
  const errors: string[] = [];
  let wake = () => {};
  const note = (text: string) => {
    said.push(text);
    wake();
  };
  const name = ({ port, host }: TcpRegistration) => `${port} ${host}`;
  const complain = (message: string, data: object = {}) => {
    errors.push(`${message} ${JSON.stringify(data)}`);
    wake();
  };
  const log = { debug() {}, info() {}, warn: complain, error: complain } as unknown as ComponentLog;
  const source = new RoutingApiSource({
    settings: {
      url: api.url,
      ca: '',
      cert: '',
      key: '',
      oauth: oauth
        ? {
            url: api.url,
            client: 'c',
            secret: 'very secret',
            ca: '',
            skipValidation: false,
            retries: 1,
            retryInterval: 10,
            margin: 0,
          }
        : null,
      syncInterval: 40,
      retryInterval: 20,
      requestTimeout: 200,
    },
    routes: {
      register: (registration) => note(`put ${name(registration)}`),
      unregister: (registration) => note(`gone ${name(registration)}`),
      replace: (_source, all) => note(`all ${all.map(name).join()}`),
    },
    log,
  });
  source.start();
  t.after(() => source.stop());
  const until = async (met: () => boolean) => {
    while (!met()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { said, errors, until };
}

test('§7.3 the list is taken whole, and events in between', async (t) => {
  const api = await Api.start(t);
  api.list = (response) => response.end(JSON.stringify([mapping()]));
  const { said, until } = watch(t, api);
  await until(() => said.includes('all 2000 10.0.0.1'));
  api.send('Upsert', JSON.stringify(mapping({ port: 2001 })));
  await until(() => said.includes('put 2001 10.0.0.1'));
  api.send('Delete', JSON.stringify(mapping({ port: 2001 })));
  await until(() => said.includes('gone 2001 10.0.0.1'));
});

test('C23 a routing API that fails, lies or breaks off changes nothing and is asked again', async (t) => {
  const api = await Api.start(t);
  const { said, errors, until } = watch(t, api);
  await until(() => said.length > 0);
  for (const answer of [
    (response: ServerResponse) => response.writeHead(500).end(),
    (response: ServerResponse) => response.end('{"not": "a list"}'),
    (response: ServerResponse) => response.end('[{"port": '),
    (response: ServerResponse) => void response.socket!.destroy(),
    () => {},
  ]) {
    api.list = answer;
    const [saidBefore, failed] = [said.length, errors.length];
    await until(
      () => errors.slice(failed).filter((text) => text.startsWith('routing-api-sync-failed')).length > 1,
    );
    // One that was under way may still have ended well.
    assert.ok(said.length <= saidBefore + 1, said.join());
  }
  api.list = (response) => response.end(JSON.stringify([mapping()]));
  await until(() => said.includes('all 2000 10.0.0.1'));
});

test('C23 a dropped stream is opened again, and events that are none do not end it', async (t) => {
  const api = await Api.start(t);
  const { said, errors, until } = watch(t, api);
  await until(() => api.streams.length === 1 && said.length > 0);
  api.send('Upsert', 'no json');
  api.send('Upsert', '{"port": "x"}');
  await until(() => errors.filter((text) => text.startsWith('routing-api-event-refused')).length === 2);
  api.streams[0]!.socket!.destroy();
  await until(() => api.streams.length === 2);
  api.send('Upsert', JSON.stringify(mapping()));
  await until(() => said.includes('put 2000 10.0.0.1'));
});

test('§7.3 a token that is refused is replaced, and never logged', async (t) => {
  const api = await Api.start(t);
  api.accepted = 't1';
  api.list = (response) => response.end(JSON.stringify([mapping()]));
  const { said, errors, until } = watch(t, api, true);
  await until(() => said.includes('all 2000 10.0.0.1'));
  api.accepted = 't2';
  said.length = 0;
  await until(() => said.includes('all 2000 10.0.0.1'));
  assert.equal(api.tokens, 2);
  assert.doesNotMatch(errors.join(), /very secret|t1/);
});

test('events are the same however the stream is cut', () => {
  const text =
    ': hello\r\nevent: Upsert\rdata: {"a":1}\ndata:two\n\nid: 3\n\ndata\r\n\r\nevent: Delete\ndata: x\n\n';
  const whole = new EventStream().add(text);
  assert.deepEqual(whole, [
    { event: 'Upsert', data: '{"a":1}\ntwo' },
    { event: 'message', data: '' },
    { event: 'Delete', data: 'x' },
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const stream = new EventStream();
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const events = at.slice(1).flatMap((end, i) => stream.add(text.slice(at[i], end)) as StreamEvent[]);
      assert.deepEqual(events, whole);
    }),
  );
  assert.equal(new EventStream().add(`data: ${'x'.repeat(1 << 20)}`), 'too-long');
});

test('§7.6 a mapping is decoded with its default TTL, and nothing whatever throws', () => {
  const decoded = decodeMapping(mapping({ ttl: null, backend_sni_hostname: 'A.example.com' }));
  assert.ok(decoded.ok);
  assert.equal(decoded.registration.lifetime, 120_000);
  assert.equal(decoded.registration.sni, 'a.example.com');
  assert.equal(decodeMapping(mapping({ backend_tls_port: -1 })).ok, true);
  fc.assert(fc.property(fc.jsonValue(), (value) => void decodeMapping(value)));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(mapping())), fc.jsonValue(), (key, value) => {
      decodeMapping(mapping({ [key]: value }));
    }),
  );
});
