import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { readRequests } from '../../fuzz/reader/naive-requests.ts';
import { readResponse } from '../../fuzz/reader/naive-responses.ts';
import { LOOKALIKE_NAME } from '../../src/http/message/fault.ts';
import { BAD_BODIES, GOOD_REQUESTS } from '../support/request-corpus.ts';
import { BAD_RESPONSES, GOOD_RESPONSES } from '../support/response-corpus.ts';

describe('the naive reader', () => {
  test('reads every good request of the corpus, and the one behind it', () => {
    for (const { name, raw, body } of GOOD_REQUESTS) {
      const { messages, end } = readRequests(raw + raw);
      assert.equal(end, 'whole', name);
      assert.equal(messages.filter((message) => message.complete).length, 2, name);
      if (body !== undefined) assert.equal(messages[1]!.body, body, name);
    }
  });

  test('reads every good response of the corpus', () => {
    for (const { name, raw, toHead = false, body } of GOOD_RESPONSES) {
      const { messages } = readResponse(raw, { toHead, ended: true });
      assert.ok(messages[0]!.complete, name);
      if (body !== undefined) assert.equal(messages[0]!.body, body, name);
    }
  });

  test('finds no whole request where the body is bad', () => {
    for (const { name, raw, fault } of BAD_BODIES) {
      // What a name looks like is the router's concern, not the protocol's.
      if (fault !== LOOKALIKE_NAME) assert.notEqual(readRequests(raw).end, 'whole', name);
    }
  });

  test('finds no whole response in any bad one of the corpus', () => {
    for (const { name, raw, toHead = false } of BAD_RESPONSES) {
      assert.notEqual(readResponse(raw, { toHead, ended: true }).end, 'whole', name);
    }
  });

  test('takes the end of the connection for that of a body only when it was one', () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\nbody';
    assert.equal(readResponse(text, { toHead: false, ended: true }).end, 'whole');
    assert.equal(readResponse(text, { toHead: false, ended: false }).end, 'unfinished');
  });

  test('tells what came behind a response', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxmore';
    assert.equal(readResponse(text, { toHead: false, ended: true }).excess, 'more');
  });
});
