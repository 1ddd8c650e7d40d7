import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { type Asked, answersPath, Http2Backend, responds } from '../../support/http2-backend.ts';
import { BackendConformance } from '../../support/http2-backend-conformance.ts';
import { RawClient, statusOf } from '../../support/raw-http.ts';
import { data, END_STREAM, frame, headers, resetStream, TYPE, uint32 } from '../../support/raw-http2.ts';

const conformance = BackendConformance.suite();

const REFUSED_STREAM = 7;
const LARGEST = 2 ** 31 - 1;
const BODY = 'a body of some length';

function goaway(last: number, code: number): Buffer {
  return frame(TYPE.goaway, 0, 0, Buffer.concat([uint32(last), uint32(code)]));
}

function post(host: string, path: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
}

/** Two backends of one host; whichever is asked for `/case` first does this to it, the other answers. */
async function pair(t: TestContext, first: (asked: Asked) => unknown) {
  let isFirst = true;
  const answer = (asked: Asked): unknown => {
    if (asked.path !== '/case') return answersPath(asked);
    if (isFirst) {
      isFirst = false;
      return first(asked);
    }
    return asked.whole.then((body) =>
      asked.peer.send(responds(asked.id), data(asked.id, `again: ${body}`, END_STREAM)),
    );
  };
  const backends = [await Http2Backend.start(t, answer), await Http2Backend.start(t, answer)];
  const host = await conformance.hostOf(...backends);
  const asked = () => backends.flatMap((backend) => backend.asked).filter(({ path }) => path === '/case');
  t.onTestFinished(() =>
    assert.deepEqual(
      backends.flatMap(({ wrongs }) => wrongs),
      [],
    ),
  );
  return { host, asked };
}

/** Once the request is whole there. */
const whenWhole =
  (says: (id: number) => readonly Buffer[], close = false) =>
  async ({ peer, id, whole }: Asked): Promise<void> => {
    await whole;
    peer.send(...says(id));
    if (close) peer.socket.end();
  };

describe('§8.7 a request that a backend has certainly not processed is sent again, whatever its method:', () => {
  for (const [name, first] of Object.entries({
    'REFUSED_STREAM when it is whole': whenWhole((id) => [resetStream(id, REFUSED_STREAM)]),
    'REFUSED_STREAM at its head': ({ peer, id }: Asked) => peer.send(resetStream(id, REFUSED_STREAM)),
    'GOAWAY below it': whenWhole((id) => [goaway(id - 2, 0)]),
    'GOAWAY below it, with an error': whenWhole((id) => [goaway(id - 2, 11)]),
    'GOAWAY below it, and the end of the connection': whenWhole((id) => [goaway(id - 2, 0)], true),
    'GOAWAY at its head': ({ peer, id }: Asked) => peer.send(goaway(id - 2, 0)),
    'GOAWAY of 0': whenWhole(() => [goaway(0, 0)], true),
    'GOAWAY in two steps, of which the second is below it': whenWhole((id) => [
      goaway(LARGEST, 0),
      goaway(id - 2, 0),
    ]),
    'GOAWAY below it, and then REFUSED_STREAM': whenWhole((id) => [
      goaway(id - 2, 0),
      resetStream(id, REFUSED_STREAM),
    ]),
  })) {
    test(name, async (t) => {
      const { host, asked } = await pair(t, first);
      assert.deepEqual(await conformance.ask(post(host, '/case')), { came: 200, body: `again: ${BODY}` });
      const [one, two, ...others] = asked();
      assert.deepEqual(others, []);
      assert.notEqual(one!.peer, two!.peer);
      assert.equal(await two!.whole, BODY);
    });
  }
});

describe('§8.7 a request that a backend may have processed is not sent again:', () => {
  for (const [name, first] of Object.entries({
    CANCEL: whenWhole((id) => [resetStream(id, 8)]),
    INTERNAL_ERROR: whenWhole((id) => [resetStream(id, 2)]),
    NO_ERROR: whenWhole((id) => [resetStream(id, 0)]),
    'the end of the connection': whenWhole(() => [], true),
    'GOAWAY of it, and the end of the connection': whenWhole((id) => [goaway(id, 0)], true),
    'GOAWAY in two steps, of which the second is its own, and the end': whenWhole(
      (id) => [goaway(LARGEST, 0), goaway(id, 0)],
      true,
    ),
    'REFUSED_STREAM when the response has begun': whenWhole((id) => [
      responds(id),
      resetStream(id, REFUSED_STREAM),
    ]),
    'REFUSED_STREAM behind 103': whenWhole((id) => [
      responds(id, [], 0, '103'),
      resetStream(id, REFUSED_STREAM),
    ]),
  })) {
    test(name, async (t) => {
      const { host, asked } = await pair(t, first);
      const { came } = await conformance.ask(post(host, '/case'));
      assert.ok(came === 502 || (came === 'cut' && name.includes('begun')), String(came));
      assert.equal(asked().length, 1);
    });
  }
});

describe('§6.8 GOAWAY of a backend', () => {
  for (const [name, steps] of Object.entries({
    'that comes at once': (id: number) => [goaway(id, 0)],
    'in two steps': (id: number) => [goaway(LARGEST, 0), goaway(id, 0)],
  })) {
    test(`${name} lets what is under way end, and what is new goes elsewhere`, async (t) => {
      const backend = await Http2Backend.start(t);
      const host = await conformance.hostOf(backend);
      backend.answer = (asked) => {
        if (asked.path === '/held')
          asked.peer.send(responds(asked.id), data(asked.id, 'one '), ...steps(asked.id));
        else answersPath(asked);
      };
      const client = await RawClient.connect(conformance.router.port);
      client.send(`GET /held HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await client.until('one ');
      const held = await backend.heard('/held');
      // What the router reads of this connection it reads in order: a response behind the GOAWAY shows that it has it.
      held.peer.send(data(held.id, 'two '));
      await client.until('two ');
      assert.deepEqual(await conformance.ask(post(host, '/other')), { came: 200, body: '/other' });
      assert.notEqual((await backend.heard('/other')).peer, held.peer);
      held.peer.send(data(held.id, 'three', END_STREAM));
      const response = await client.response();
      assert.deepEqual([statusOf(response), response.body], [200, 'one two three']);
      await held.peer.closed();
      client.close();
      assert.deepEqual(backend.wrongs, []);
    });
  }
});

describe('§8.1 a response before the request has ended', () => {
  for (const code of [0, 8]) {
    test(`is whole where RST_STREAM with ${code} follows it`, async (t) => {
      const backend = await Http2Backend.start(t);
      const host = await conformance.hostOf(backend);
      backend.answer = (asked) => {
        if (asked.path !== '/early') return answersPath(asked);
        const { peer, id } = asked;
        return peer.send(responds(id), data(id, 'early', END_STREAM), resetStream(id, code));
      };
      const begun = `POST /early HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\n\r\nhalf`;
      assert.deepEqual(await conformance.ask(begun), { came: 200, body: 'early' });
      const { peer } = await backend.heard('/early');
      assert.deepEqual(await conformance.ask(post(host, '/other')), { came: 200, body: '/other' });
      assert.equal((await backend.heard('/other')).peer, peer);
      assert.deepEqual(backend.wrongs, []);
    });
  }

  test('is whole where nothing follows it, and the rest of the request is given up', async (t) => {
    const backend = await Http2Backend.start(t);
    const host = await conformance.hostOf(backend);
    backend.answer = (asked) => {
      if (asked.path !== '/early') return answersPath(asked);
      return asked.peer.send(responds(asked.id, [], 0), data(asked.id, 'early', END_STREAM));
    };
    const begun = `POST /early HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\n\r\nhalf`;
    assert.deepEqual(await conformance.ask(begun), { came: 200, body: 'early' });
    const { peer, id } = await backend.heard('/early');
    await peer.until(() => peer.of(TYPE.resetStream, id).length > 0);
    assert.ok(peer.of(TYPE.data, id).every(({ flags }) => (flags & END_STREAM) === 0));
    assert.deepEqual(backend.wrongs, []);
  });
});

describe('§8.1 interim responses over HTTP/2', () => {
  for (const [count, came] of [
    [1, 200],
    [10, 200],
    [1000, 200],
    [10_000, 502],
  ] as const) {
    test(`${count} of them before a response`, async (t) => {
      const backend = await Http2Backend.start(t);
      const host = await conformance.hostOf(backend);
      backend.answer = (asked) => {
        if (asked.path !== '/case') return answersPath(asked);
        const interim = Array.from({ length: count }, (_, i) =>
          headers(
            asked.id,
            [
              [':status', '103'],
              ['link', `</${i}>`],
            ],
            0,
          ),
        );
        return asked.peer.send(...interim, responds(asked.id), data(asked.id, 'hello', END_STREAM));
      };
      assert.equal((await conformance.ask(post(host, '/case'))).came, came);
      assert.deepEqual(await conformance.ask(post(host, '/good')), { came: 200, body: '/good' });
      assert.equal((await backend.heard('/good')).peer, (await backend.heard('/case')).peer);
      assert.deepEqual(backend.wrongs, []);
    });
  }
});
