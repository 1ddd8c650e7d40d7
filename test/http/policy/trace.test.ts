import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { type Trace, type Tracing, traceOf } from '../../../src/http/policy/trace.ts';
import { requestOf } from '../../support/parsed-head.ts';

const B3 = { b3: true, w3c: false, tenant: '', sampling: null };
const W3C = { b3: false, w3c: true, tenant: '', sampling: null };
const BOTH = { b3: true, w3c: true, tenant: '', sampling: null };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((list) => list.join(''))
    .filter((text) => /[^0]/.test(text));

/** `1…1` for a trace, `2…2` for a span. */
const fixed = (digits: 16 | 32) => (digits === 32 ? '1' : '2').repeat(digits);

function trace(tracing: Tracing, ...lines: readonly string[]): Trace {
  return traceOf(requestOf('GET / HTTP/1.1', 'Host: a.test', ...lines).head, tracing, fixed);
}

function said({ lines }: Trace): string[] {
  return lines.text.split('\r\n').slice(0, -1);
}

describe('§3.7 B3', () => {
  test('ids are made up for a request without', () => {
    const made = trace(B3);
    assert.deepEqual(said(made), [
      `X-B3-TraceId: ${fixed(32)}`,
      `X-B3-SpanId: ${fixed(16)}`,
      `b3: ${fixed(32)}-${fixed(16)}`,
    ]);
    assert.equal(made.requestId, '11111111-1111-1111-1111-111111111111');
  });

  test('in the single header is used as it is', () => {
    for (const value of [`${TRACE}-${SPAN}`, `${TRACE}-${SPAN}-d`, `${TRACE}-${SPAN}-1-${SPAN}`]) {
      const kept = trace(B3, `b3: ${value}`);
      assert.deepEqual([kept.lines.text, kept.replaces, kept.traceId, kept.spanId], ['', 0, TRACE, SPAN]);
    }
  });

  test('in two headers is kept, and the single header made of it', () => {
    const kept = trace(B3, `X-B3-TraceId: ${TRACE}`, `X-B3-SpanId: ${SPAN}`, 'b3: nonsense');
    assert.deepEqual(said(kept), [`b3: ${TRACE}-${SPAN}`]);
    assert.equal(kept.requestId, '4bf92f35-77b3-4da6-a3ce-929d0e0e4736');
  });

  for (const [lines, more] of [
    [['X-B3-Sampled: 1'], '-1'],
    [['X-B3-Sampled: false'], '-0'],
    [['X-B3-Sampled: 0', 'X-B3-Flags: 1'], '-d'],
    [['X-B3-Sampled: 1', `X-B3-ParentSpanId: ${SPAN}`], `-1-${SPAN}`],
    [[`X-B3-ParentSpanId: ${SPAN}`], `-${SPAN}`],
    [['X-B3-Sampled: maybe', 'X-B3-ParentSpanId: none'], ''],
  ] as const) {
    test(`in two headers is recorded or not as is said beside them: ${lines}`, () => {
      const kept = trace(B3, `X-B3-TraceId: ${TRACE}`, `X-B3-SpanId: ${SPAN}`, ...lines);
      assert.deepEqual(said(kept), [`b3: ${TRACE}-${SPAN}${more}`]);
    });
  }

  test('in two headers that are none is made up', () => {
    assert.equal(trace(B3, `X-B3-TraceId: ${TRACE}`, 'X-B3-SpanId: nonsense').traceId, fixed(32));
  });

  test('of 64 bits is kept, and makes no request id', () => {
    assert.equal(trace(B3, `b3: ${SPAN}-${SPAN}`).requestId, null);
  });

  for (const bad of ['0', `${TRACE}`, `${TRACE}-${SPAN}-x`, `${TRACE}-xyz`, `${'0'.repeat(32)}-${SPAN}`]) {
    test(`that is not valid (${bad.slice(0, 24)}) gives way to a new one`, () => {
      assert.equal(trace(B3, `b3: ${bad}`).traceId, fixed(32));
    });
  }

  test('parent and sampling are never invented', () => {
    assert.doesNotMatch(trace(B3).lines.text, /Parent|Sampled/i);
  });
});

describe('§3.7 W3C', () => {
  test('a trace is begun for a request without', () => {
    assert.deepEqual(said(trace(W3C)), [
      `traceparent: 00-${fixed(32)}-${fixed(16)}-01`,
      `tracestate: gorouter=${fixed(16)}`,
    ]);
  });

  test('a trace goes on: id and flags are kept, the parent is new, our entry comes first', () => {
    const went = trace(
      { ...W3C, tenant: 'acme' },
      `traceparent: cc-${TRACE}-${SPAN}-00`,
      'tracestate: rojo=1, acme@gorouter=old',
      'tracestate: congo=2',
    );
    assert.deepEqual(said(went), [
      `traceparent: 00-${TRACE}-${fixed(16)}-00`,
      `tracestate: acme@gorouter=${fixed(16)},rojo=1,congo=2`,
    ]);
    assert.equal(went.requestId, '4bf92f35-77b3-4da6-a3ce-929d0e0e4736');
  });

  test('a state that is too long is dropped', () => {
    const long = trace(W3C, `traceparent: 00-${TRACE}-${SPAN}-01`, `tracestate: a=${'x'.repeat(2100)}`);
    assert.equal(long.values.get('tracestate'), `gorouter=${fixed(16)}`);
  });

  test('a state without a valid parent is dropped', () => {
    for (const parent of ['nonsense', `00-${'0'.repeat(32)}-${SPAN}-01`, `ff-${TRACE}-${SPAN}-01`]) {
      const begun = trace(W3C, `traceparent: ${parent}`, 'tracestate: a=1');
      assert.equal(begun.values.get('tracestate'), `gorouter=${fixed(16)}`);
    }
  });
});

describe('§3.7 both', () => {
  test('share one trace id', () => {
    for (const lines of [[], [`b3: ${TRACE}-${SPAN}`], [`traceparent: 00-${TRACE}-${SPAN}-01`]]) {
      const shared = trace(BOTH, ...lines);
      assert.equal(shared.values.get('traceparent')!.slice(3, 35), shared.traceId);
      if (lines.length > 0) assert.equal(shared.traceId, TRACE);
    }
  });

  test('whatever the client sends, what goes out can be read and one request has one id', () => {
    const value = fc.oneof(
      hex(32),
      hex(16),
      fc.tuple(hex(32), hex(16)).map(([t, s]) => `${t}-${s}`),
      fc.tuple(hex(32), hex(16)).map(([t, s]) => `00-${t}-${s}-01`),
      fc.array(fc.constantFrom(...'0-a,=;x @1'), { maxLength: 60 }).map((chars) => chars.join('').trim()),
    );
    const name = fc.constantFrom('b3', 'X-B3-TraceId', 'X-B3-SpanId', 'traceparent', 'tracestate');
    const line = fc.tuple(name, value).map(([n, v]) => `${n}: ${v}`);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.boolean(), fc.boolean(), (lines, b3, w3c) => {
        const made = trace({ b3, w3c, tenant: 't', sampling: null }, ...lines);
        for (const each of said(made)) {
          assert.match(
            each,
            /^(?:X-B3-TraceId: (?:[0-9a-f]{16}){1,2}|X-B3-SpanId: [0-9a-f]{16}|b3: (?:[0-9a-f]{16}){1,2}-[0-9a-f]{16}|traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|tracestate: t@gorouter=[0-9a-f]{16}(?:,.*)?)$/,
          );
        }
        assert.equal(new Set(said(made).map((each) => each.split(':')[0])).size, said(made).length);
        if (made.requestId !== null) assert.equal(made.requestId.replaceAll('-', ''), made.traceId);
      }),
    );
  });
});
