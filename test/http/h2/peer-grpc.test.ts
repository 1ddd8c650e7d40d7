import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, type TestContext, test } from 'vitest';
import { GrpcCaller, GrpcServer } from '../../support/grpc-peers.ts';
import { Http2Platform, nameOf, WAYS, type Ways } from '../../support/http2-platform.ts';

/** Of gRPC over HTTP/1.1 there is none. */
const OVER_HTTP2 = WAYS.filter(({ back }) => back !== 'HTTP/1.1');
/** On one stream; more by command, as `GRPC_MESSAGES=1000000 npm test -- --testTimeout=0` with this file. */
const MESSAGES = Number(process.env['GRPC_MESSAGES'] ?? 3000);
const MIB = 1024 * 1024;

async function platform(t: TestContext, ways: Ways) {
  const platform = await Http2Platform.start(t, ways);
  const server = await GrpcServer.start(t, ways.back === 'h2' ? Http2Platform.identity : null);
  platform.leadTo(server.port);
  const { engine, ca } = platform;
  const caller = new GrpcCaller(t, engine.port, 'app.test', ways.front === 'h2' ? ca : null);
  return { engine, server, caller };
}

function fails(code: number) {
  return (error: ServiceError) => {
    assert.equal(error.code, code, error.message);
    return true;
  };
}

for (const ways of OVER_HTTP2) {
  describe(`§3.12 gRPC through the router, ${nameOf(ways)}:`, () => {
    test(`all four kinds of call, streams of ${MESSAGES} messages in their order`, async (t) => {
      const { engine, caller } = await platform(t, ways);
      const { answer, trailers } = await caller.unary('hello');
      assert.equal(answer, 'hello');
      assert.deepEqual(trailers.get('x-counted'), ['1']);
      assert.equal(await caller.upload(MESSAGES), MESSAGES);
      assert.equal(await caller.download(MESSAGES), MESSAGES);
      assert.equal(await caller.both(MESSAGES), MESSAGES);
      const all = [caller.upload(MESSAGES), caller.download(MESSAGES), caller.both(MESSAGES)];
      assert.deepEqual(await Promise.all(all), [MESSAGES, MESSAGES, MESSAGES]);
      assert.equal(engine.sockets.length, 1);
      caller.close();
      await engine.isEmpty();
    });

    test('metadata, of text and of bytes, goes there and comes back', async (t) => {
      const { caller } = await platform(t, ways);
      const metadata = new Metadata();
      metadata.add('x-asked', 'one');
      metadata.add('x-asked', 'two');
      metadata.add('x-asked-bin', Buffer.from([0, 1, 0xff]));
      const { head } = await caller.unary('hello', metadata);
      assert.deepEqual(String(head.get('x-asked')).split(/, ?/), ['one', 'two']);
      assert.deepEqual(head.get('x-asked-bin'), [Buffer.from([0, 1, 0xff])]);
    });

    test('every status that a server can fail with, and its words', async (t) => {
      const { caller } = await platform(t, ways);
      for (let code = status.CANCELLED; code <= status.UNAUTHENTICATED; code++) {
        await assert.rejects(caller.unary(`fail ${code}`), (error: ServiceError) => {
          assert.equal(error.code, code);
          assert.equal(error.details, 'as asked: ü');
          assert.deepEqual(error.metadata.get('x-counted'), ['1']);
          return true;
        });
      }
    });

    test('the end of its deadline, and a cancelled call, reach the server, and the connections go on', async (t) => {
      const { engine, server, caller } = await platform(t, ways);
      // The connections are made first: nothing of that is to count.
      await caller.unary('hello');
      const late = assert.rejects(
        caller.unary('wait', new Metadata(), 1000),
        fails(status.DEADLINE_EXCEEDED),
      );
      await engine.until(() => server.waiting === 1);
      await late;
      await engine.until(() => server.cancelled === 1);
      const waiting = caller.unary('wait');
      const cancelled = assert.rejects(waiting, fails(status.CANCELLED));
      await engine.until(() => server.waiting === 2);
      waiting.cancel();
      await cancelled;
      await engine.until(() => server.cancelled === 2);
      const open = caller.openBoth();
      open.on('error', () => {});
      open.write(Buffer.from('one'));
      await once(open, 'data');
      open.cancel();
      await engine.until(() => server.cancelled === 3 && engine.inFlight === 0);
      assert.equal((await caller.unary('on')).answer, 'on');
      assert.deepEqual([engine.sockets.length, engine.upstreams], [1, 1]);
      caller.close();
      await engine.isEmpty();
    });

    test('a server that goes away in the middle of a call is UNAVAILABLE or INTERNAL, never OK', async (t) => {
      const { engine, server, caller } = await platform(t, ways);
      const open = caller.openBoth();
      open.write(Buffer.from('one'));
      await once(open, 'data');
      const failed = once(open, 'error');
      server.stop();
      const [error] = (await failed) as [ServiceError];
      assert.ok([status.UNAVAILABLE, status.INTERNAL].includes(error.code), error.message);
      await engine.until(() => engine.inFlight === 0);
    });
  });
}

test('§3.12 gRPC: a message of 3 MiB in each direction of each kind of call', async (t) => {
  const { caller } = await platform(t, OVER_HTTP2[0]!);
  const text = 'x'.repeat(3 * MIB);
  assert.equal((await caller.unary(text)).answer.length, text.length);
  const open = caller.openBoth();
  open.write(Buffer.from(text));
  const [answer] = (await once(open, 'data')) as [Buffer];
  assert.equal(answer.toString(), text);
  open.end();
  await once(open, 'status');
});

test('§3.12 gRPC: pings of a client that keeps its connection alive are answered', async (t) => {
  const { engine, server } = await platform(t, OVER_HTTP2[1]!);
  const caller = new GrpcCaller(t, engine.port, 'app.test', null, {
    'grpc.keepalive_time_ms': 20,
    'grpc.keepalive_timeout_ms': 2000,
    'grpc.keepalive_permit_without_calls': 1,
  });
  await caller.unary('hello');
  const waiting = caller.unary('wait', new Metadata(), 1000);
  await assert.rejects(waiting, fails(status.DEADLINE_EXCEEDED));
  assert.equal(server.waiting, 1);
  assert.equal((await caller.unary('on')).answer, 'on');
  assert.equal(engine.sockets.length, 1);
});
