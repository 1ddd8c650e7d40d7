import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { identify, NAME_COUNT } from '../../../src/http/message/field-name.ts';
import type { HeadSink } from '../../../src/http/message/head-sink.ts';
import { ownLines } from '../../../src/http/message/own-lines.ts';
import { TextHead } from '../../../src/http/message/text-head.ts';
import { type ResponseRewrite, responseRewrite } from '../../../src/http/policy/response-rewrite.ts';
import { ResponseRewriter } from '../../../src/http/policy/response-rewriter.ts';
import { fieldsOf } from '../../support/block-fields.ts';
import { headOf } from '../../support/parsed-head.ts';

interface Line {
  readonly name: string;
  readonly value: string;
  /** How the peer spells it between the colon and the value. */
  readonly space: string;
}

interface Case {
  readonly isResponse: boolean;
  readonly withStart: boolean;
  readonly lines: readonly Line[];
  readonly dropped: readonly string[];
  readonly named: readonly string[] | null;
  readonly protectedNames: readonly string[];
  readonly added: readonly Line[];
  readonly addedAtOnce: readonly Line[];
  readonly hops: readonly Line[];
  readonly rewrites: readonly ResponseRewrite[];
}

/** A line as it goes out. */
interface Told {
  readonly name: string;
  readonly value: string;
  readonly isHop: boolean;
}

const OF_HTTP_1 = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
];
const FRAMING = ['host', 'content-length', 'transfer-encoding'];
const KNOWN = [...OF_HTTP_1, 'host', 'content-length', 'te', 'date', 'cookie', 'x-vcap-request-id'];
const UNKNOWN = ['server', 'x-a', 'x-b', '__proto__'];

const lowerName = fc.constantFrom(...KNOWN, ...UNKNOWN);
const name = fc.tuple(lowerName, fc.boolean()).map(([text, upper]) => (upper ? text.toUpperCase() : text));
const line = fc.record({
  name,
  value: fc.constantFrom('1', '', 'a: b', 'trailers', 'x\xa0', '"q", r'),
  space: fc.constantFrom(' ', ' ', ' ', '', '\t', '  '),
});
const few = fc.array(line, { maxLength: 3 });
const rewrite = fc
  .tuple(fc.array(fc.record({ name }), { maxLength: 3 }), few)
  .map(([remove, add]) => responseRewrite(remove, add));
const cases: fc.Arbitrary<Case> = fc.record({
  isResponse: fc.boolean(),
  withStart: fc.boolean(),
  lines: fc.array(line, { maxLength: 10 }),
  dropped: fc.array(fc.constantFrom(...KNOWN), { maxLength: 4 }),
  named: fc.option(fc.array(lowerName, { maxLength: 4 })),
  protectedNames: fc.array(lowerName, { maxLength: 2 }),
  added: few,
  addedAtOnce: few,
  hops: few,
  rewrites: fc.array(rewrite, { maxLength: 2 }).map((all) => all.filter((each) => each !== null)),
});

/** As the router writes it. */
function write(sink: HeadSink, c: Case): void {
  const start = c.isResponse ? 'HTTP/1.1 200 All well' : 'PUT /x?y HTTP/1.1';
  const kind = c.isResponse ? 'response' : 'request';
  const head = headOf(kind, start, ...c.lines.map(({ name, space, value }) => `${name}:${space}${value}`));
  if (!c.withStart && c.isResponse) sink.statusLine(404, 'Nothing');
  else if (!c.withStart) sink.requestLine('GET', '/other', 'a.test');
  sink.relay(head, c.withStart, tableOf(c.dropped), c.named, c.protectedNames);
  for (const { name, value } of c.added) sink.add(name, value);
  sink.addAll(ownLines(...c.addedAtOnce.flatMap(({ name, value }) => [name, value])));
  for (const { name, value } of c.hops) sink.hop(name, value);
}

/** And with its rewriting before it, the first one first. */
function writeRewritten(sink: HeadSink, c: Case): void {
  const [...rewriters] = c.isResponse ? c.rewrites.toReversed() : [];
  let front = sink;
  const chain = rewriters.map((each) => {
    const rewriter = new ResponseRewriter(front, each);
    front = rewriter;
    return rewriter;
  });
  write(front, c);
  for (const rewriter of chain.toReversed()) rewriter.end();
}

function tableOf(names: readonly string[]): Uint8Array {
  const table = new Uint8Array(NAME_COUNT);
  for (const each of names) table[identify(Buffer.from(each), 0, each.length)] = 1;
  return table;
}

// The naive model.

function told(c: Case): Told[] {
  const relayed = c.lines.filter((each) => {
    const lower = each.name.toLowerCase();
    if (c.dropped.includes(lower)) return false;
    return !(c.named?.includes(lower) && !c.protectedNames.includes(lower) && !FRAMING.includes(lower));
  });
  const lines = [...relayed, ...c.added, ...c.addedAtOnce].map(({ name, value }) => ({
    name,
    value,
    isHop: false,
  }));
  const hops = c.hops.map(({ name, value }) => ({ name, value, isHop: true }));
  const rewrites = c.isResponse ? c.rewrites : [];
  return rewrites.reduce(rewrittenBy, [...lines, ...hops]);
}

function rewrittenBy(lines: readonly Told[], { remove, add }: ResponseRewrite): Told[] {
  const left = lines.filter(({ name, isHop }) => isHop || !remove.includes(name.toLowerCase()));
  const own = left.filter(({ isHop }) => !isHop).map(({ name }) => name.toLowerCase());
  const missing = add.filter((each) => !own.includes(each.name.toLowerCase()));
  return [...left, ...missing.map(({ name, value }) => ({ name, value, isHop: false }))];
}

function modelText(c: Case): string {
  const start = c.withStart
    ? { response: 'HTTP/1.1 200 All well', request: 'PUT /x?y HTTP/1.1' }
    : { response: 'HTTP/1.1 404 Nothing', request: 'GET /other HTTP/1.1\r\nHost: a.test' };
  const lines = told(c).map(({ name, value }) => `${name}: ${value}`);
  return [c.isResponse ? start.response : start.request, ...lines, ''].join('\r\n');
}

function modelFields(c: Case): string[] {
  const host = c.lines.find((each) => each.name.toLowerCase() === 'host')?.value ?? '';
  const start = c.withStart
    ? [':method', 'PUT', ':scheme', 'https', ...(host === '' ? [] : [':authority', host]), ':path', '/x?y']
    : [':method', 'GET', ':scheme', 'https', ':authority', 'a.test', ':path', '/other'];
  const passes = ({ name, value, isHop }: Told) =>
    !isHop &&
    !OF_HTTP_1.includes(name.toLowerCase()) &&
    (name.toLowerCase() !== 'te' || value === 'trailers') &&
    (c.isResponse || name.toLowerCase() !== 'host');
  const fields = told(c)
    .filter(passes)
    .flatMap(({ name, value }) => [name.toLowerCase(), value]);
  return [...(c.isResponse ? [':status', c.withStart ? '200' : '404'] : start), ...fields];
}

test('a head tells the same lines by HTTP/1.1 and by HTTP/2, those of a naive model', () => {
  const text = new TextHead();
  fc.assert(
    fc.property(cases, (c) => {
      const writeTo = (sink: HeadSink) => writeRewritten(sink, c);
      assert.equal(text.of({ writeTo }), modelText(c));
      assert.deepEqual(fieldsOf({ writeTo }, 'https'), modelFields(c));
      // Another attempt.
      assert.equal(text.of({ writeTo }), modelText(c));
    }),
    { numRuns: 3000 },
  );
});

test('nothing of a head that a fault has broken off stands before the next', () => {
  const starts: ((sink: HeadSink) => void)[] = [
    (sink) => sink.statusLine(200, 'OK'),
    (sink) => sink.requestLine('GET', '/', 'a'),
    (sink) => sink.relay(headOf('request', 'GET / HTTP/1.1', 'Host: a'), true, tableOf([]), null, []),
  ];
  for (const start of starts) {
    const text = new TextHead();
    const broken = (sink: HeadSink) => {
      sink.statusLine(103, 'Early Hints');
      sink.add('X-Secret', 'of another');
      throw new Error('a fault of our own');
    };
    assert.throws(() => text.of({ writeTo: broken }));
    assert.equal(text.of({ writeTo: start }), new TextHead().of({ writeTo: start }));
  }
});
