import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { sampledTrace, traceOfAttempt } from '../../../src/http/policy/sampled-trace.ts';
import { chanceOf, isSampled, type Sampling, withChance } from '../../../src/http/policy/sampling.ts';
import { attemptId } from '../../../src/http/policy/span-ids.ts';
import { type Trace, type Tracing, traceOf } from '../../../src/http/policy/trace.ts';
import { requestOf } from '../../support/parsed-head.ts';

const ALL: Sampling = { parentBased: true, ratio: 1 };
const NONE: Sampling = { parentBased: true, ratio: 0 };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((list) => list.join(''))
    .filter((text) => /[^0]/.test(text));
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** `1…1` for a trace, `2…2` for a span. */
const fixed = (digits: 16 | 32) => (digits === 32 ? '1' : '2').repeat(digits);
const OWN = fixed(16);
const FIRST = attemptId(OWN, 1);

function headOf(...lines: readonly string[]) {
  return requestOf('GET / HTTP/1.1', 'Host: a.test', ...lines).head;
}

function sampled(sampling: Sampling, ...lines: readonly string[]): Trace | null {
  return sampledTrace(headOf(...lines), sampling, fixed, () => 0.5);
}

function traced(tracing: Partial<Tracing>, ...lines: readonly string[]): Trace {
  const settings = { b3: false, w3c: true, tenant: '', sampling: ALL, ...tracing };
  return traceOf(headOf(...lines), settings, fixed);
}

function said(trace: Trace | null): string[] {
  return trace === null ? [] : trace.lines.text.split('\r\n').slice(0, -1);
}

describe('the sampler', () => {
  test('does as the caller has decided where it goes by that, and else keeps its share of all chances', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        share,
        fc.option(fc.boolean()),
        share,
        (parentBased, ratio, parent, chance) => {
          const expected = parentBased && parent !== null ? parent : chance >= 1 - ratio;
          assert.equal(isSampled({ parentBased, ratio }, parent, chance), expected);
        },
      ),
    );
  });

  test('keeps all with 1 and nothing with 0, whatever the chance', () => {
    fc.assert(
      fc.property(hex(32), (id) => {
        assert.ok(isSampled({ parentBased: false, ratio: 1 }, false, chanceOf(id)));
        assert.ok(!isSampled({ parentBased: false, ratio: 0 }, true, chanceOf(id)));
      }),
    );
  });

  test('keeps with a larger share every trace that it keeps with a smaller one', () => {
    fc.assert(
      fc.property(hex(32), share, share, (id, a, b) => {
        const keeps = (ratio: number) => isSampled({ parentBased: false, ratio }, null, chanceOf(id));
        assert.ok(!keeps(Math.min(a, b)) || keeps(Math.max(a, b)));
      }),
    );
  });

  test('keeps its share of chances that are spread evenly', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => withChance('f'.repeat(32), i / 20_000));
    for (const ratio of [0.01, 0.25, 0.5, 0.99]) {
      const kept = ids.filter((id) => isSampled({ parentBased: false, ratio }, null, chanceOf(id))).length;
      assert.ok(Math.abs(kept - ratio * 20_000) <= 1, `${kept} of 20000 with ${ratio}`);
    }
  });

  test('writes its chance into a new id, so that whoever reads the id decides alike', () => {
    fc.assert(
      fc.property(hex(32), share, (id, number) => {
        const chance = Math.min(number, 1 - 2 ** -52);
        const made = withChance(id, chance);
        assert.match(made, /^[0-9a-f]{32}$/);
        assert.equal(chanceOf(made), Math.floor(chance * 2 ** 52) / 2 ** 52);
      }),
    );
  });
});

describe('without headers for tracing in the configuration', () => {
  test('a request that is not sampled gets no lines', () => {
    assert.equal(sampled(NONE), null);
    assert.equal(sampled({ parentBased: true, ratio: 0.49 }), null);
    assert.equal(sampled(ALL, `traceparent: 00-${TRACE}-${SPAN}-00`), null);
    assert.equal(sampled({ parentBased: false, ratio: 0 }, `traceparent: 00-${TRACE}-${SPAN}-01`), null);
  });

  test('one that is sampled tells its backend of the first attempt, under a new trace', () => {
    const made = sampled({ parentBased: true, ratio: 0.5 });
    const id = withChance(fixed(32), 0.5);
    assert.deepEqual(said(made), [`traceparent: 00-${id}-${FIRST}-01`]);
    assert.deepEqual(made?.span, { traceId: id, spanId: OWN, parentId: '' });
    assert.equal(made?.requestId, null);
  });

  test('one whose caller has it sampled goes on in that trace, and keeps its state', () => {
    const made = sampled(NONE, `traceparent: 00-${TRACE}-${SPAN}-03`, 'tracestate: a=1', 'tracestate: b=2');
    assert.deepEqual(said(made), [`traceparent: 00-${TRACE}-${FIRST}-03`, 'tracestate: a=1,b=2']);
    assert.deepEqual(made?.span, { traceId: TRACE, spanId: OWN, parentId: SPAN });
  });

  test('a sampler that decides alone says so in the flags', () => {
    const made = sampled({ parentBased: false, ratio: 1 }, `traceparent: 00-${TRACE}-${SPAN}-02`);
    assert.deepEqual(said(made), [`traceparent: 00-${TRACE}-${FIRST}-03`]);
  });

  test('a traceparent that is none begins a new trace without its state', () => {
    const made = sampled(ALL, `traceparent: 00-${'0'.repeat(32)}-${SPAN}-01`, 'tracestate: a=1');
    assert.deepEqual(said(made), [`traceparent: 00-${withChance(fixed(32), 0.5)}-${FIRST}-01`]);
  });
});

describe('with headers for tracing in the configuration', () => {
  test('a new trace that is not sampled says so, and one that is has the attempt for parent', () => {
    assert.deepEqual(said(traced({ sampling: NONE })), [
      `traceparent: 00-${fixed(32)}-${OWN}-00`,
      `tracestate: gorouter=${OWN}`,
    ]);
    const made = traced({});
    assert.deepEqual(said(made), [
      `traceparent: 00-${fixed(32)}-${FIRST}-01`,
      `tracestate: gorouter=${FIRST}`,
    ]);
    assert.deepEqual(made.span, { traceId: fixed(32), spanId: OWN, parentId: '' });
    assert.equal(made.requestId, '11111111-1111-1111-1111-111111111111');
  });

  test('B3 ids are the parent where nothing else says who asks, and their flag decides', () => {
    const b3 = { b3: true, w3c: false };
    assert.deepEqual(traced(b3, `b3: ${TRACE}-${SPAN}-1`).span, {
      traceId: TRACE,
      spanId: OWN,
      parentId: SPAN,
    });
    assert.equal(traced(b3, `b3: ${TRACE}-${SPAN}-0`).span, null);
    const pair = [`X-B3-TraceId: ${TRACE}`, `X-B3-SpanId: ${SPAN}`];
    assert.equal(traced(b3, ...pair, 'X-B3-Sampled: 0').span, null);
    const none = { ...b3, sampling: NONE };
    assert.equal(traced(none, ...pair, 'X-B3-Flags: 1', `X-B3-ParentSpanId: ${SPAN}`).span?.parentId, SPAN);
    assert.equal(traced(none, ...pair, `X-B3-ParentSpanId: ${SPAN}`).span, null);
    // 64 bits are no trace of OpenTelemetry's.
    assert.deepEqual(traced(b3, `b3: ${SPAN}-${SPAN}`).span, {
      traceId: fixed(32),
      spanId: OWN,
      parentId: '',
    });
  });
});

describe('a further attempt', () => {
  test('is told to its backend under an id of its own, and nothing else changes', () => {
    fc.assert(
      fc.property(hex(16), fc.integer({ min: 2, max: 60 }), fc.boolean(), (spanId, last, w3c) => {
        const random = (digits: 16 | 32) => (digits === 32 ? TRACE : spanId);
        const head = headOf('tracestate: a=1');
        const first = w3c
          ? traceOf(head, { b3: true, w3c, tenant: 't', sampling: ALL }, random)
          : sampledTrace(head, ALL, random, () => 0.5)!;
        let trace = first;
        const ids = new Set([spanId, attemptId(spanId, 1)]);
        for (let number = 2; number <= last; number++) {
          trace = traceOfAttempt(trace, number);
          const id = attemptId(spanId, number);
          assert.ok(!ids.has(id));
          ids.add(id);
          const was = first.lines.text.replaceAll(attemptId(spanId, 1), id);
          assert.equal(trace.lines.text, was);
          assert.match(trace.values.get('traceparent')!, new RegExp(`-${id}-01$`));
        }
        assert.deepEqual(trace.span, first.span);
      }),
    );
  });
});

test('whatever the client sends, a request that becomes spans tells its backend, and no other does in vain', () => {
  const value = fc.oneof(
    fc.tuple(hex(32), hex(16), fc.constantFrom('00', '01', '03')).map(([t, s, f]) => `00-${t}-${s}-${f}`),
    fc.tuple(hex(32), hex(16), fc.constantFrom('', '-0', '-1', '-d')).map(([t, s, f]) => `${t}-${s}${f}`),
    hex(16),
    fc.array(fc.constantFrom(...'0-a,=;x @1'), { maxLength: 60 }).map((chars) => chars.join('').trim()),
  );
  const name = fc.constantFrom('b3', 'X-B3-TraceId', 'X-B3-SpanId', 'traceparent', 'tracestate');
  const line = fc.tuple(name, value).map(([n, v]) => `${n}: ${v}`);
  const sampling = fc.record({ parentBased: fc.boolean(), ratio: fc.constantFrom(0, 0.5, 1) });
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      sampling,
      (lines, b3, w3c, by) => {
        const isQuiet = !b3 && !w3c;
        const made = isQuiet ? sampled(by, ...lines) : traced({ b3, w3c, sampling: by }, ...lines);
        if (!by.parentBased && by.ratio !== 0.5) assert.equal(made?.span != null, by.ratio === 1);
        const parent = made?.values.get('traceparent');
        if (made?.span == null) {
          assert.equal(parent !== undefined, w3c);
          return;
        }
        const { traceId, spanId, parentId } = made.span;
        assert.match(parent!, new RegExp(`^00-${traceId}-${attemptId(spanId, 1)}-[0-9a-f][13579bdf]$`));
        assert.match(parentId, /^(?:[0-9a-f]{16})?$/);
      },
    ),
  );
});
