import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { H2C, Http2Rule, posting } from '../../support/http2-rule.ts';
import {
  asking,
  frame,
  headers,
  PADDED,
  type RawHttp2,
  SETTING,
  settings,
  TYPE,
  windowUpdate,
} from '../../support/raw-http2.ts';
import { rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite(H2C);
const http2 = new Http2Rule(suite);

const ENOUGH = /^ENHANCE_YOUR_CALM$/;
const FLOOD = 200_000;
const BATCH = 50;
/** Far more SETTINGS than a connection may send for nothing. */
const MOST_STEPS = 4000;
const STREAMS = 100;
/** More than a flood could ask for byte by byte on each stream. */
const BODY = 'x'.repeat(FLOOD);
const GOAWAY = frame(TYPE.goaway, 0, 0, Buffer.alloc(8));

function answersMuch(): void {
  suite.rule.backend.answer = () => `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
}

/** Sends on behind a GOAWAY of either side, until the connection is closed. */
async function floodToTheEnd(client: RawHttp2, make: (index: number) => Buffer): Promise<void> {
  for (let sent = 0; sent < FLOOD && !client.isClosed; ) {
    client.send(...Array.from({ length: BATCH }, () => make(sent++)));
    if (client.socket.writableNeedDrain)
      await Promise.race([once(client.socket, 'drain').catch(() => client.closed), client.closed]);
    await delay(1);
  }
}

function padded(data: number, padding: number): Buffer {
  return frame(TYPE.data, PADDED, 1, Buffer.concat([Buffer.from([padding]), Buffer.alloc(data + padding)]));
}

describe('T04 what looks like use of a connection and brings nothing is a flood:', () => {
  for (const [what, flood] of [
    ['DATA of much padding alone', padded(0, 255)],
    ['DATA of a byte and much padding', padded(1, 200)],
  ] as const) {
    test(what, () =>
      http2.ends(ENOUGH, 1, (client) => {
        suite.rule.backend.answer = () => undefined;
        client.send(headers(1, posting({ ':path': '/flood' }), 0));
        return client.flood(() => flood, FLOOD, BATCH);
      }),
    );
  }

  test('the window of a stream opened by a byte each time, for a frame with that byte', () =>
    http2.ends(ENOUGH, 1, async (client) => {
      answersMuch();
      client.send(settings([SETTING.initialWindowSize, 0]), headers(1, asking()));
      await client.until(() => client.stream(1).status === '200');
      await client.flood(() => windowUpdate(1, 1), FLOOD, BATCH);
    }));

  test('the windows of all streams opened by a byte each time, by one SETTINGS', () =>
    http2.ends(ENOUGH, STREAMS, async (client) => {
      answersMuch();
      const ids = Array.from({ length: STREAMS }, (_, i) => 1 + 2 * i);
      client.send(settings([SETTING.initialWindowSize, 0]), windowUpdate(0, 2 ** 30));
      client.send(...ids.map((id) => headers(id, asking())));
      await client.until(() => ids.every((id) => client.stream(id).status === '200'));
      // No faster than its answers are read, so that each brings a frame of each stream.
      for (let window = 1; window < MOST_STEPS && !client.isClosed; window++) {
        client.send(settings([SETTING.initialWindowSize, window]));
        await client.until(() => ids.every((id) => client.stream(id).body.length >= window)).catch(() => {});
      }
    }));

  for (const [what, make] of [
    ['GOAWAY said again and again', () => GOAWAY],
    ['streams begun behind GOAWAY', (i: number) => headers(3 + 2 * i, asking())],
  ] as const) {
    test(what, () =>
      http2.ends(/^(NO_ERROR|ENHANCE_YOUR_CALM)$/, 1, async (client) => {
        suite.rule.backend.answer = () => undefined;
        client.send(headers(1, asking()), GOAWAY);
        await client.until(() => client.goaway !== null);
        await floodToTheEnd(client, make);
      }),
    );
  }
});

describe('T04 what every client may do is none:', () => {
  test('a window of a few hundred bytes that is opened again and again, until all has come', () =>
    http2.survives(1, async (client) => {
      answersMuch();
      client.send(settings([SETTING.initialWindowSize, 0]), windowUpdate(0, 2 ** 30), headers(1, asking()));
      for (let taken = 0; taken < BODY.length; taken += 300) {
        client.send(windowUpdate(1, 300));
        await client.until(() => client.stream(1).body.length >= Math.min(taken + 300, BODY.length));
      }
      if ((await client.outcome(1)) !== '200') throw new Error('it was cut');
    }));

  test('padded DATA that carries something, as long as it likes', () =>
    http2.survives(1, async (client) => {
      client.send(headers(1, posting(), 0));
      for (let i = 0; i < 200; i++) client.send(...Array.from({ length: 50 }, () => padded(8, 20)));
      client.send(frame(TYPE.data, 1, 1, Buffer.alloc(0)));
      if ((await client.outcome(1)) !== '200') throw new Error(`it was cut: ${client.goaway?.code}`);
    }));
});
