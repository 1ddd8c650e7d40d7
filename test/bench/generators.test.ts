import assert from 'node:assert/strict';
import { test } from 'vitest';
import { CannotStart } from '../../bench/cannot-start.ts';
import { parseH2load } from '../../bench/load/h2load.ts';
import { parseSTime } from '../../bench/load/handshakes.ts';
import { PERCENTILES, parseThinking } from '../../bench/load/thinking.ts';

const H2LOAD = `starting benchmark...
Application protocol: h2c

finished in 1.30s, 43519.00 req/s, 5.82MB/s
requests: 43519 total, 43583 started, 43519 done, 43510 succeeded, 2 failed, 3 errored, 4 timeout
status codes: 43510 2xx, 0 3xx, 0 4xx, 9 5xx
`;

test("h2load's report is read, and must be of HTTP/2", () => {
  assert.deepEqual(parseH2load(H2LOAD, 1), { operations: 43510, seconds: 1, failures: 9 });
  const message = 'h2load spoke http/1.1 instead of HTTP/2';
  assert.throws(() => parseH2load(H2LOAD.replace('h2c', 'http/1.1'), 1), { message });
  assert.throws(() => parseH2load('Application protocol: h2\n', 1), CannotStart);
});

test('of s_time, a connection that was not resumed is a failure where it should have been, and the reverse', () => {
  const report = (letters: string) => `Collecting connection statistics for 1 seconds
${letters}

${letters.length} connections in 0.10s; 1000 connections/user sec, bytes read 0
${letters.length} connections in 2 real seconds, 0 bytes read per connection
`;
  assert.deepEqual(parseSTime(report('rrr*r'), 'resumed'), { operations: 5, failures: 1 });
  assert.deepEqual(parseSTime(report('****r'), 'full'), { operations: 5, failures: 1 });
  assert.throws(() => parseSTime('connect: refused', 'full'), CannotStart);
});

test("a stall among wrk's latencies counts for all the requests that it held back", () => {
  const text = 'summary 100 2000000 1\nlatency 1000 98\nlatency 61000 2\n';
  const { requests, seconds, failures, percentiles } = parseThinking(text, 20);
  assert.deepEqual({ requests, seconds, failures }, { requests: 100, seconds: 2, failures: 1 });
  const at = (p: (typeof PERCENTILES)[number]) => percentiles[PERCENTILES.indexOf(p)];
  assert.equal(at(50), 1);
  // Two more each at 41 and 21 ms: six of 104.
  assert.equal(at(95), 21);
  assert.equal(at(99), 61);
  assert.throws(() => parseThinking('', 20), CannotStart);
});
