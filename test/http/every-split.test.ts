import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { UNTIL_CLOSE } from '../../src/http/message/framing.ts';
import { Backend, ok } from '../support/backend.ts';
import { latin1 } from '../support/message-reader.ts';
import { get, RawClient, type RawMessage } from '../support/raw-http.ts';
import { BAD_BODIES, BAD_HEADS, GOOD_REQUESTS } from '../support/request-corpus.ts';
import { BAD_RESPONSES, GOOD_RESPONSES } from '../support/response-corpus.ts';
import { TestRouter } from '../support/router.ts';

const ENDING: (() => unknown)[] = [];
const suite = { onTestFinished: (done: () => unknown) => void ENDING.unshift(done) };
let router: TestRouter;
let app: Backend;

beforeAll(async () => {
  router = await TestRouter.start(suite, { cellgate: { proxy_threads: 1 } });
  app = await Backend.start(suite);
  await router.route('a.test', app.port);
});

afterAll(async () => {
  for (const done of ENDING) await done();
});

type Write = (socket: Socket, raw: string) => Promise<void>;

const whole: Write = async (socket, raw) => void socket.write(latin1(raw));

/** Each byte in a packet of its own. */
const byteByByte: Write = async (socket, raw) => {
  for (const byte of latin1(raw)) {
    if (!socket.writable) return;
    socket.write(Buffer.of(byte));
    await nextTurn();
  }
};

/** Each byte of the head in a packet of its own but for the last, which comes with all that follows. */
const headByByte: Write = async (socket, raw) => {
  const last = raw.indexOf('\r\n\r\n') + 3;
  await byteByByte(socket, raw.slice(0, last));
  await whole(socket, raw.slice(last));
};

/** The message without what differs from one exchange to the next. */
function lasting({ start, lines, body, trailers }: RawMessage): RawMessage {
  const kept = lines.filter((line) => !/^(?:x-vcap-request-id|x-request-start|date):/i.test(line));
  return { start, lines: kept, body, trailers };
}

/** Whether a bad response has a good head, which announces the chunks that are not good. */
function isBadBehindItsHead(raw: string): boolean {
  return raw.startsWith('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
}

type Response = RawMessage | 'cut off';

async function responseTo(client: RawClient, bodyless: boolean): Promise<Response> {
  return client.response(bodyless).then(lasting, () => 'cut off');
}

interface Outcome {
  readonly response: Response;
  /** Whole requests that the backend got. */
  readonly requests: readonly RawMessage[];
}

async function outcomeOfRequest(raw: string, write: Write): Promise<Outcome> {
  app.answer = () => ok();
  app.requests.length = 0;
  const client = await RawClient.connect(router.port);
  const response = responseTo(client, raw.startsWith('HEAD'));
  await write(client.socket, raw);
  const outcome = { response: await response, requests: app.requests.map(lasting) };
  client.close();
  return outcome;
}

async function outcomeOfResponse(
  raw: string,
  { toHead = false, ends = false, interim = false },
  write: Write,
): Promise<readonly Response[]> {
  app.answer = (_, { socket }) => {
    void write(socket, interim ? raw + ok() : raw).then(() => ends && socket.end());
    return undefined;
  };
  const client = await RawClient.connect(router.port);
  client.send(toHead ? get('a.test').replace('GET', 'HEAD') : get('a.test'));
  const responses = [await responseTo(client, toHead)];
  if (interim) responses.push(await responseTo(client, toHead));
  client.close();
  return responses;
}

describe('S27 a request has the same outcome at once and byte by byte', () => {
  for (const { name, raw } of GOOD_REQUESTS) {
    test(name, async () => {
      const outcome = await outcomeOfRequest(raw, whole);
      assert.deepEqual(await outcomeOfRequest(raw, byteByByte), outcome);
      assert.notEqual(outcome.response, 'cut off');
    });
  }

  for (const { name, raw, fault } of [...BAD_HEADS, ...BAD_BODIES]) {
    test(name, async () => {
      const outcome = await outcomeOfRequest(raw, whole);
      assert.deepEqual(await outcomeOfRequest(raw, byteByByte), outcome);
      assert.ok(outcome.response !== 'cut off');
      assert.ok(outcome.response.start.startsWith(`HTTP/1.1 ${fault.status} `), outcome.response.start);
      assert.deepEqual(outcome.requests, []);
    });
  }
});

describe('a response has the same outcome at once and byte by byte', () => {
  for (const { name, raw, toHead = false, meaning } of GOOD_RESPONSES) {
    test(name, async () => {
      const how = {
        toHead,
        ends: meaning['bodyLength'] === UNTIL_CLOSE,
        interim: raw.startsWith('HTTP/1.1 1'),
      };
      const outcome = await outcomeOfResponse(raw, how, whole);
      assert.deepEqual(await outcomeOfResponse(raw, how, byteByByte), outcome);
      assert.ok(!outcome.includes('cut off'));
    });
  }

  for (const { name, raw, toHead = false } of BAD_RESPONSES) {
    test(name, async () => {
      const [response] = await outcomeOfResponse(raw, { toHead }, whole);
      // Chunks and trailers that come later than their head find it gone on: see below.
      const inPieces = isBadBehindItsHead(raw) ? headByByte : byteByByte;
      assert.deepEqual(await outcomeOfResponse(raw, { toHead }, inPieces), [response]);
      assert.ok(response === 'cut off' || response!.start === 'HTTP/1.1 502 Bad Gateway');
    });
  }
});

describe('a response whose head has gone on breaks off at a bad chunk or trailer, byte by byte', () => {
  for (const { name, raw } of BAD_RESPONSES) {
    if (!isBadBehindItsHead(raw)) continue;
    test(name, async () => {
      const client = await RawClient.connect(router.port);
      const body = raw.indexOf('\r\n\r\n') + 4;
      app.answer = (_, { socket }) => {
        void whole(socket, raw.slice(0, body));
        void client.until('\r\n\r\n').then(() => byteByByte(socket, raw.slice(body)));
        return undefined;
      };
      client.send(get('a.test'));
      await assert.rejects(client.response(), /connection closed/);
      assert.ok(client.received.startsWith('HTTP/1.1 200 OK\r\n'), client.received);
      assert.ok(!client.received.endsWith('\r\n0\r\n\r\n'), 'the last chunk was made up');
      client.close();
    });
  }
});
