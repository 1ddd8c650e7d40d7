import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import {
  Server as GrpcServer,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { type TestContext, test } from 'vitest';
import { probeGrpc } from '../../src/agent/probe-grpc.ts';
import { probeHttp } from '../../src/agent/probe-http.ts';
import { probeTcp } from '../../src/agent/probe-tcp.ts';
import type { HttpProbe } from '../../src/agent/route/check.ts';
import { checksWith } from '../../src/agent/run-check.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { ToldLog } from '../support/told-log.ts';

const PATIENT_MS = 10_000;
const never = () => new AbortController().signal;

async function listening(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

function http(port: number, more: Partial<HttpProbe> = {}): HttpProbe {
  const target = { kind: 'http', host: '127.0.0.1', port, tls: false, serverName: '' } as const;
  return { ...target, path: '/health', headers: {}, expect: [[200, 399]], ...more };
}

function answering(status: number): RequestListener {
  return (_request, response) => void response.writeHead(status).end('body');
}

test('HTTP: a status that is expected is well, another is not', async (t) => {
  const port = await listening(t, createServer(answering(301)));
  assert.deepEqual(await probeHttp(http(port), PATIENT_MS, never()), { ok: true });
  const strict = http(port, {
    expect: [
      [200, 200],
      [204, 204],
    ],
  });
  assert.deepEqual(await probeHttp(strict, PATIENT_MS, never()), { ok: false, reason: 'status 301' });
});

test('HTTP: the path, the fields and a Host of its own are sent, on a connection for each', async (t) => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    const { url, method, headers } = request;
    seen.push([method, url, headers.host, headers['x-probe'], request.socket.remotePort]);
    response.end();
  });
  const port = await listening(t, server);
  const probe = http(port, { path: '/health?deep=1', headers: { host: 'shop.test', 'x-probe': 'yes' } });
  await probeHttp(probe, PATIENT_MS, never());
  await probeHttp(probe, PATIENT_MS, never());
  const [first, second] = seen as [unknown[], unknown[]];
  assert.deepEqual(first.slice(0, 4), ['GET', '/health?deep=1', 'shop.test', 'yes']);
  assert.notEqual(first[4], second[4]);
});

test('HTTP: over TLS, by the name of the certificate, whoever signed it', async (t) => {
  const names: unknown[] = [];
  const identity = new Authority().issue({ names: 'DNS:app.internal' });
  const server = createTlsServer(
    {
      ...identity,
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    },
    answering(200),
  );
  const port = await listening(t, server);
  const probe = http(port, { tls: true, serverName: 'app.internal' });
  assert.deepEqual(await probeHttp(probe, PATIENT_MS, never()), { ok: true });
  assert.deepEqual(names, ['app.internal']);
});

test('HTTP: nobody there, silence, nonsense and a check called off are failures with a reason', async (t) => {
  const nobody = await freePort();
  assert.deepEqual(await probeHttp(http(nobody), PATIENT_MS, never()), { ok: false, reason: 'ECONNREFUSED' });
  const silent = await listening(
    t,
    createServer(() => {}),
  );
  assert.deepEqual(await probeHttp(http(silent), 50, never()), {
    ok: false,
    reason: 'no answer within 50ms',
  });
  const rude = createTcpServer((socket) => void socket.end('not http\r\n\r\n'));
  rude.listen(0, '127.0.0.1');
  await once(rude, 'listening');
  t.onTestFinished(() => void rude.close());
  const result = await probeHttp(http((rude.address() as AddressInfo).port), PATIENT_MS, never());
  assert.equal(result.ok, false);
  const off = new AbortController();
  const called = probeHttp(http(silent), PATIENT_MS, off.signal);
  off.abort();
  assert.equal((await called).ok, false);
});

test('whoever cannot even be asked has failed, and an address is no name of a certificate', async (t) => {
  const check = checksWith(new ToldLog());
  const port = await listening(t, createServer());
  for (const host of ['a b', 'fe80::1%lo', '%zz', '']) {
    const grpc = { kind: 'grpc', host, port, tls: false, serverName: '', service: '' } as const;
    for (const probe of [http(port, { host }), grpc]) {
      const times = { interval: 5_000, timeout: PATIENT_MS, rise: 1, fall: 1, startDelay: 0 };
      const result = await check({ kind: 'probe', probe, ...times }, never());
      assert.equal(result.ok, false, host);
    }
  }
  const secure = await listening(
    t,
    createTlsServer(new Authority().issue({ names: 'IP:127.0.0.1' }), answering(200)),
  );
  const probe = http(secure, { tls: true, serverName: '127.0.0.1' });
  assert.deepEqual(await probeHttp(probe, PATIENT_MS, never()), { ok: true });
});

test('TCP: who takes connections is well', async (t) => {
  const port = await listening(t, createServer());
  assert.deepEqual(await probeTcp({ host: '127.0.0.1', port }, PATIENT_MS, never()), { ok: true });
  const nobody = await freePort();
  const refused = await probeTcp({ host: '127.0.0.1', port: nobody }, PATIENT_MS, never());
  assert.deepEqual(refused, { ok: false, reason: 'ECONNREFUSED' });
  assert.equal((await probeTcp({ host: '127.0.0.1', port }, PATIENT_MS, AbortSignal.abort())).ok, false);
});

/** A health service of a real gRPC server; `serving` by the service's name. */
async function health(t: TestContext, serving: Readonly<Record<string, number>>): Promise<number> {
  const server = new GrpcServer();
  const plain = (bytes: Buffer): Buffer => bytes;
  const Check = {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: plain,
    requestDeserialize: plain,
    responseSerialize: plain,
    responseDeserialize: plain,
  };
  server.addService(
    { Check },
    {
      Check(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
        const status = serving[call.request.subarray(2).toString()];
        if (status === undefined) answer({ code: 5, details: 'unknown service' });
        else answer(null, Buffer.from([0x08, status]));
      },
    },
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  t.onTestFinished(() => server.forceShutdown());
  return promise;
}

test('gRPC: the health service says whether the server, or one service of it, is serving', async (t) => {
  const port = await health(t, { '': 1, 'shop.Cart': 2 });
  const probe = { kind: 'grpc', host: '127.0.0.1', port, tls: false, serverName: '', service: '' } as const;
  assert.deepEqual(await probeGrpc(probe, PATIENT_MS, never()), { ok: true });
  assert.deepEqual(await probeGrpc({ ...probe, service: 'shop.Cart' }, PATIENT_MS, never()), {
    ok: false,
    reason: 'NOT_SERVING',
  });
  assert.deepEqual(await probeGrpc({ ...probe, service: 'nobody' }, PATIENT_MS, never()), {
    ok: false,
    reason: 'gRPC status 5 (unknown service)',
  });
});

test('gRPC: nobody there, another protocol and silence are failures with a reason', async (t) => {
  const probe = { kind: 'grpc', host: '127.0.0.1', tls: false, serverName: '', service: '' } as const;
  const nobody = await probeGrpc({ ...probe, port: await freePort() }, PATIENT_MS, never());
  assert.deepEqual(nobody, { ok: false, reason: 'ECONNREFUSED' });
  const plain = await listening(t, createServer(answering(200)));
  assert.equal((await probeGrpc({ ...probe, port: plain }, PATIENT_MS, never())).ok, false);
  const mute = createTcpServer(() => {});
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  t.onTestFinished(() => void mute.close());
  const { port } = mute.address() as AddressInfo;
  assert.deepEqual(await probeGrpc({ ...probe, port }, 50, never()), {
    ok: false,
    reason: 'no answer within 50ms',
  });
});

test('gRPC: an answer without a status is none, whatever it says', async (t) => {
  const answers = [
    { reason: 'no gRPC status', trailers: { other: '0' } },
    { reason: 'gRPC status 14 (going)', trailers: { 'grpc-status': '14', 'grpc-message': 'going' } },
    { reason: null, trailers: { 'grpc-status': '0' } },
  ];
  const server = createHttp2Server();
  let next = 0;
  server.on('stream', (stream: ServerHttp2Stream) => {
    const { trailers } = answers[next++]!;
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 1]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const probe = { kind: 'grpc', host: '127.0.0.1', port, tls: false, serverName: '', service: '' } as const;
  for (const { reason } of answers) {
    const result = await probeGrpc(probe, PATIENT_MS, never());
    assert.deepEqual(result, reason === null ? { ok: true } : { ok: false, reason });
  }
});
