import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { ok } from '../../support/backend.ts';
import { statusOf, valuesOf } from '../../support/raw-http.ts';
import { refusesBodies, refusesHeads, rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite();
const HEAD = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n';

/** What the backend gets of a body: the bytes behind the head, which is checked to be one. */
async function forwarded(
  body: string,
): Promise<{ bytes: string; body: string; trailers: readonly string[] }> {
  const { requests, received } = await suite.rule.serves({ input: HEAD + body });
  assert.equal(requests.length, 1);
  const [request] = requests;
  assert.deepEqual(valuesOf(request!, 'Transfer-Encoding'), ['chunked']);
  assert.deepEqual(valuesOf(request!, 'Content-Length'), []);
  const bytes = received.slice(received.indexOf('\r\n\r\n') + 4);
  return { bytes, body: request!.body, trailers: request!.trailers };
}

describe('C2 a chunked body that is none is refused, and the backend never takes it for one', () => {
  refusesHeads(suite, 'K');
  refusesBodies(suite, 'K');

  test('K03 ten thousand zeros for a size', () =>
    suite.rule.refusesBody({ head: HEAD, input: '0'.repeat(10_000), status: 400, code: 'bad_chunk_size' }));

  for (const size of [20_000, 64 * 1024]) {
    test(`K05 an extension of ${size} bytes`, () =>
      suite.rule.refusesBody({
        head: HEAD,
        input: `2;${'e'.repeat(size)}\r\nxy\r\n0\r\n\r\n`,
        status: 400,
        code: 'chunk_overhead',
      }));
  }

  test('K05 extensions that drip in over many chunks', () =>
    suite.rule.refusesBody({
      head: HEAD,
      input: `1;${'e'.repeat(100)}\r\nx\r\n`.repeat(300),
      status: 400,
      code: 'chunk_overhead',
    }));

  test('K11 no last chunk before the client ends', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      const requests = backend.requests.length;
      client.send(`${HEAD}7\r\nK11 cut\r\n`);
      const { socket } = await suite.rule.reached('K11 cut');
      client.socket.end();
      await backend.until(() => socket.destroyed);
      await client.closed;
      assert.equal(client.received, '');
      assert.equal(backend.requests.length, requests);
    }));

  const limits = { status: 431, code: 'max-request-size-exceeded' };

  test('K14 a hundred thousand trailers', () =>
    suite.rule.refusesBody({ head: HEAD, input: `0\r\n${'X: y\r\n'.repeat(100_000)}\r\n`, ...limits }));

  test('K14 trailers of 10 MB', () =>
    suite.rule.refusesBody({ head: HEAD, input: `0\r\nX: ${'y'.repeat(10_000_000)}\r\n\r\n`, ...limits }));

  test('K01 K09 once its response has begun breaks the response off, and is counted', () =>
    suite.rule.talks(async (client) => {
      const refusals = await suite.rule.refusals();
      client.send(`${HEAD}7\r\nbefore:\r\n`);
      const { socket } = await suite.rule.reached('before:');
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
      await client.until('half');
      client.send('nonsense\r\n');
      await client.closed;
      await suite.rule.backend.until(() => socket.destroyed);
      assert.ok(client.received.endsWith('\r\n\r\nhalf'));
      assert.equal((await suite.rule.refusals()) - refusals, 1);
    }));
});

describe('C2 a chunked body goes on in chunks of our own', () => {
  test('K03 leading zeros of a size are left out', async () => {
    assert.equal((await forwarded('0000000000003\r\nabc\r\n000\r\n\r\n')).bytes, '3\r\nabc\r\n0\r\n\r\n');
  });

  test('K04 extensions are left out', async () => {
    const body = '2;a=b\r\nxy\r\n0;c="d"\r\n\r\n';
    assert.equal((await forwarded(body)).bytes, '2\r\nxy\r\n0\r\n\r\n');
  });

  // A recipient must ignore extensions it does not know (RFC 9112 §7.1.1), so it need not take their grammar apart.
  for (const extension of [';', ';=x', ';a="']) {
    test(`K07 an extension that is none, ${extension}, is left out like any other`, async () => {
      assert.equal((await forwarded(`2${extension}\r\nxy\r\n0\r\n\r\n`)).bytes, '2\r\nxy\r\n0\r\n\r\n');
    });
  }

  test('K12 trailers go on as trailers, never among the header lines', async () => {
    const body = '1\r\nx\r\n0\r\nX-Sum:  1 \r\nETag: "e"\r\n\r\n';
    const { requests } = await suite.rule.serves({ input: HEAD + body });
    assert.deepEqual(requests[0]!.trailers, ['X-Sum: 1', 'ETag: "e"']);
    assert.deepEqual([...valuesOf(requests[0]!, 'X-Sum'), ...valuesOf(requests[0]!, 'ETag')], []);
  });

  test('K13 trailers that a backend might merge into what it trusts are left out', async () => {
    const names = [
      'Host',
      'Content-Length',
      'Transfer-Encoding',
      'TE',
      'Connection',
      'Authorization',
      'Cookie',
      'X-Forwarded-For',
      'X-Forwarded-Proto',
      'X-Vcap-Request-Id',
      'X-CF-ApplicationID',
      'X-Cf-Anything',
      'Expect',
      'Max-Forwards',
    ];
    const lines = [...names, ...names.map((name) => name.toLowerCase())].map((name) => `${name}: 1\r\n`);
    const { trailers } = await forwarded(`1\r\nx\r\n0\r\n${lines.join('')}X-Sum: 1\r\n\r\n`);
    assert.deepEqual(trailers, ['X-Sum: 1']);
  });

  test('K15 chunks of one byte are taken by the hundred thousand, and go on in large ones', async () => {
    const count = 200_000;
    const { response, received } = await suite.rule.serves({
      input: `${HEAD}${'1\r\nx\r\n'.repeat(count)}0\r\n\r\n`,
      answer: (request) => ok(String(request.body.length)),
    });
    assert.equal(response.body, String(count));
    assert.ok(received.length < 1.1 * count, `${received.length} bytes for ${count}`);
  });

  test('K16 sizes and line ends are minimal and canonical, and no byte of the framing is copied', async () => {
    const { bytes, body } = await forwarded(
      '00A;x="\t\xe9"\r\n0123456789\r\n01;=\r\n!\r\n0;last\r\nX-Sum:1\r\n\r\n',
    );
    assert.equal(body, '0123456789!');
    assert.match(bytes, /^(?:[1-9a-f]\r\n[0-9!]+\r\n)+0\r\nX-Sum: 1\r\n\r\n$/);
  });

  test('K16 a body of known length keeps it, and is not chunked', async () => {
    const input = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello';
    const { requests, received } = await suite.rule.serves({ input });
    assert.ok(received.endsWith('\r\n\r\nhello'));
    assert.deepEqual(valuesOf(requests[0]!, 'Transfer-Encoding'), []);
  });
});

test('an error reply can be read also by a client that is still sending', () =>
  suite.rule.talks(async (client) => {
    client.send(`${HEAD}nonsense\r\n${'x'.repeat(3_000_000)}`);
    assert.equal(statusOf(await client.response()), 400);
    assert.equal(await client.closed, 'end');
  }));
