import { Account } from '../src/http/account/account.ts';
import { SpanRecorder } from '../src/http/account/span-recorder.ts';
import { describeTrace } from '../src/http/exchange/describe.ts';
import { endpointTexts } from '../src/http/policy/endpoint-texts.ts';
import { ThreadCounters } from '../src/telemetry/counters.ts';
import { endpointOf } from '../test/support/endpoint.ts';
import { requestOf } from '../test/support/parsed-head.ts';

/** What OpenTelemetry costs a request, in CPU time of its proxy thread: `npm run bench:sampling`. */
const ROUNDS = 9;
const REQUESTS = 2_000_000;
const SAMPLED_REQUESTS = 100_000;
const LINES = [
  'Host: app.test',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
  'Accept: text/html,application/xhtml+xml',
  'Accept-Encoding: gzip, deflate, br',
  'Accept-Language: en',
  'Cookie: session=1',
  'Connection: keep-alive',
  'X-Forwarded-For: 192.0.2.7',
];
const UNSAMPLED = 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';

const account = new Account();
const recorder = new SpanRecorder(new ThreadCounters(ThreadCounters.allocate(1), 0));

function nanoseconds(ratio: number, lines: readonly string[]): number {
  const downstream = { ...requestOf('GET /cart HTTP/1.1', ...lines) };
  const tracing = { b3: false, w3c: false, tenant: '', sampling: { parentBased: true, ratio } };
  const settings = {} as Parameters<SpanRecorder['note']>[2];
  const times = Array.from({ length: ROUNDS }, () => {
    const begun = process.cpuUsage();
    for (let i = 0; i < REQUESTS; i++) {
      describeTrace(downstream as Parameters<typeof describeTrace>[0], tracing, account);
      if (account.trace !== null) throw new Error('a request was sampled');
      recorder.note(downstream as Parameters<SpanRecorder['note']>[0], account, settings);
    }
    const { user, system } = process.cpuUsage(begun);
    return ((user + system) / REQUESTS) * 1000;
  });
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}

/** All of it on the proxy thread, but for the crossing to the control thread. */
function microsecondsOfSampled(): number {
  const head = requestOf('GET /cart?item=1 HTTP/1.1', ...LINES);
  const client = { ip: '192.0.2.1', address: '192.0.2.1:40000', scheme: 'http' };
  const downstream = { ...head, client, upgradeTo: null };
  const tracing = { b3: false, w3c: false, tenant: '', sampling: { parentBased: true, ratio: 1 } };
  const settings = { accessLog: { redactQuery: 'none' }, logForwardedFor: true, logSourceAddress: true };
  const texts = endpointTexts(endpointOf(0));
  const pool = { settings: { routeKey: 'app.test' } } as unknown as typeof account.pool;
  recorder.tell = (spans) => recorder.taken(spans.length);
  const times = Array.from({ length: ROUNDS }, () => {
    const begun = process.cpuUsage();
    for (let i = 0; i < SAMPLED_REQUESTS; i++) {
      account.open(0, 'id');
      describeTrace(downstream as unknown as Parameters<typeof describeTrace>[0], tracing, account);
      account.pool = pool;
      account.backendStartedAt = 0;
      account.tries(texts);
      account.status = 200;
      account.attempts.succeeded = true;
      account.close('answered', 1);
      recorder.note(
        downstream as unknown as Parameters<SpanRecorder['note']>[0],
        account,
        settings as unknown as Parameters<SpanRecorder['note']>[2],
      );
    }
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / SAMPLED_REQUESTS;
  });
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}

for (const [what, ratio, lines] of [
  ['eight lines, no traceparent', 0, LINES],
  ['eight lines, traceparent says no', 1, [...LINES, UNSAMPLED]],
] as const) {
  console.log(`${what}: ${nanoseconds(ratio, lines).toFixed(1)} ns of CPU a request`);
}
console.log(`sampled, two spans: ${microsecondsOfSampled().toFixed(1)} µs of CPU a request`);
