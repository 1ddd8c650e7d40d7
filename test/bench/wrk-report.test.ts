import assert from 'node:assert/strict';
import { test } from 'vitest';
import { CannotStart } from '../../bench/cannot-start.ts';
import { parseWrk } from '../../bench/load/wrk.ts';

const REPORT = `Running 5s test @ http://127.0.0.1:9911/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.59ms    1.11ms  24.25ms   92.44%
    Req/Sec    42.46k     3.41k   49.12k    74.00%
  Latency Distribution
     50%  500.00us
     75%    1.75ms
     90%    2.32ms
     99%    1.02s 
  211371 requests in 5.01s, 56.84MB read
Requests/sec:  42189.72
Transfer/sec:     11.35MB
`;

test('requests, seconds and percentiles are read in whatever unit wrk chose', () => {
  assert.deepEqual(parseWrk(REPORT), { operations: 211371, seconds: 5.01, failures: 0, p50: 0.5, p99: 1020 });
});

test('socket errors and statuses other than 2xx and 3xx count as failures', () => {
  const failing = `${REPORT}  Socket errors: connect 1, read 20, write 300, timeout 4000
  Non-2xx or 3xx responses: 50000
`;
  assert.equal(parseWrk(failing).failures, 54321);
});

test('a report without figures is refused, with its text', () => {
  assert.throws(
    () => parseWrk('unable to connect'),
    (error) => {
      return error instanceof CannotStart && error.message.includes('unable to connect');
    },
  );
});
