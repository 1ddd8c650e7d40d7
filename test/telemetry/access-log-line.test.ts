import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  type AccessRecord,
  addressPart,
  instancePart,
  writeAccessLogLine,
} from '../../src/telemetry/access-log-line.ts';
import { quote } from '../../src/telemetry/go-quote.ts';
import { LineBytes } from '../../src/telemetry/line-bytes.ts';
import { WallClock } from '../../src/time/wall-clock.ts';

const RECORD: AccessRecord = {
  host: 'app.test:80',
  receivedAt: Date.UTC(2006, 0, 2, 15, 4, 5),
  requestLine: 'GET /path?query HTTP/1.1',
  status: 200,
  requestBytes: 3,
  responseBytes: 1234,
  referer: 'http://r.test/',
  userAgent: 'curl/8',
  addresses: addressPart('192.0.2.7:4711') + addressPart('10.0.0.1:8080'),
  forwardedFor: '192.0.2.7',
  forwardedProto: 'https',
  requestId: 'the-id',
  responseTime: 12.3456,
  gorouterTime: 0.1,
  instance: instancePart('the-app', '0', 'the-instance'),
  attempts: '',
  routerError: '',
  headers: '',
  plain: false,
};

function lineOf(fields: Partial<AccessRecord> = {}): string {
  const line = new LineBytes();
  writeAccessLogLine(line, { ...RECORD, ...fields }, new WallClock());
  return line.toString();
}

describe('a line of the access log', () => {
  test('§6.6 is written to the letter', () => {
    assert.equal(
      lineOf(),
      'app.test:80 - [2006-01-02T15:04:05.000000000Z] "GET /path?query HTTP/1.1" 200 3 1234 ' +
        '"http://r.test/" "curl/8" "192.0.2.7:4711" "10.0.0.1:8080" x_forwarded_for:"192.0.2.7" ' +
        'x_forwarded_proto:"https" vcap_request_id:"the-id" response_time:0.012346 gorouter_time:0.000100 ' +
        'app_id:"the-app" app_index:"0" instance_id:"the-instance" x_cf_routererror:"-"',
    );
  });

  test('§6.6 tells what is not known with a dash', () => {
    const unknown = {
      status: 0,
      requestBytes: 0,
      responseBytes: 0,
      referer: '',
      userAgent: '',
      addresses: addressPart('') + addressPart(''),
      forwardedFor: '',
      forwardedProto: '',
      responseTime: -1,
      gorouterTime: -1,
      instance: instancePart('', '', ''),
      routerError: 'unknown_route',
    };
    assert.equal(
      lineOf(unknown),
      'app.test:80 - [2006-01-02T15:04:05.000000000Z] "GET /path?query HTTP/1.1" "-" 0 0 ' +
        '"-" "-" "-" "-" x_forwarded_for:"-" x_forwarded_proto:"-" vcap_request_id:"the-id" response_time:"-" ' +
        'gorouter_time:"-" app_id:"-" app_index:"-" instance_id:"-" x_cf_routererror:"unknown_route"',
    );
  });

  test('has times in seconds of six decimals', () => {
    const timeOf = (milliseconds: number) =>
      /gorouter_time:(\S+)/.exec(lineOf({ gorouterTime: milliseconds }))![1];
    fc.assert(
      fc.property(fc.nat(2 ** 30), (microseconds) => {
        assert.equal(timeOf(microseconds / 1000), (microseconds / 1_000_000).toFixed(6));
      }),
    );
    const written = {
      0: '0.000000',
      1000: '1.000000',
      900500: '900.500000',
      0.0001: '0.000000',
      999.9999: '1.000000',
    };
    for (const [milliseconds, text] of Object.entries(written))
      assert.equal(timeOf(Number(milliseconds)), text);
  });
});

/** What a reader of the log sees. */
function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

describe("quoting is Go's %q", () => {
  const cases: readonly [what: string, bytes: string, quoted: string][] = [
    ['plain text', "a b!#[]^_`{|}~'", '"a b!#[]^_`{|}~\'"'],
    ['nothing', '', '"-"'],
    ['a dash', '-', '"-"'],
    ['quotation mark and backslash', 'a"b\\c', '"a\\"b\\\\c"'],
    ['controls with a letter', '\x07\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
    ['controls without', '\0\x01\x1b\x1f\x7f', '"\\x00\\x01\\x1b\\x1f\\x7f"'],
    ['UTF-8 of two bytes', '\xc3\xa9', '"é"'],
    ['UTF-8 of three bytes', '\xe6\x97\xa5\xe6\x9c\xac', '"日本"'],
    ['UTF-8 of four bytes', '\xf0\x9f\x98\x80', '"😀"'],
    ['UTF-8 beside an escape', '\xc3\xa9"\n', '"é\\"\\n"'],
    ['bytes that are no UTF-8', '\x80\xff\xc3', '"\\x80\\xff\\xc3"'],
    ['both in one text', '\xc3\xa9\xff\xc3\xa9', '"é\\xffé"'],
    ['a sequence cut short', '\xe6\x97x\xf0\x9f\x98', '"\\xe6\\x97x\\xf0\\x9f\\x98"'],
    ['an overlong sequence', '\xc0\xae\xe0\x80\xae', '"\\xc0\\xae\\xe0\\x80\\xae"'],
    ['a surrogate', '\xed\xa0\x80', '"\\xed\\xa0\\x80"'],
    ['beyond Unicode', '\xf4\x90\x80\x80', '"\\xf4\\x90\\x80\\x80"'],
    ['a control of two bytes', '\xc2\x85', '"\\u0085"'],
    ['a no-break space', '\xc2\xa0', '"\\u00a0"'],
    ['a soft hyphen', '\xc2\xad', '"\\u00ad"'],
    ['a line separator', '\xe2\x80\xa8', '"\\u2028"'],
    ['a text that runs from right to left', '\xe2\x80\xae', '"\\u202e"'],
    ['a byte-order mark', '\xef\xbb\xbfx', '"\\ufeffx"'],
    ['a replacement character', '\xef\xbf\xbd', '"\ufffd"'],
    ['a private character', '\xee\x80\x80', '"\\ue000"'],
    ['a character beyond the first plane that does not print', '\xf3\xa0\x80\x81', '"\\U000e0001"'],
  ];
  for (const [what, bytes, quoted] of cases) {
    test(what, () => assert.equal(textOf(quote(bytes)), quoted));
  }

  test('of text that is no bytes, as a registration may hold, is harmless', () => {
    assert.match(quote('\u010a\u0122\u2028\u{1f600}'), /^"(?:\\x[0-9a-f]+)+"$/);
  });
});

/** The bytes that a quoted text stands for; the escapes are Go's. */
function unquote(quoted: string): string {
  const letters: Readonly<Record<string, string>> = {
    a: '\x07',
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
    v: '\v',
  };
  return quoted
    .slice(1, -1)
    .replace(
      /\\(?:x(..)|u(.{4})|U(.{8})|(.))/g,
      (_, byte?: string, short?: string, long?: string, letter?: string) => {
        if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
        if (letter !== undefined) return letters[letter] ?? letter;
        return bytesOf(String.fromCodePoint(Number.parseInt(short ?? long!, 16)));
      },
    );
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

const QUOTED = /"(?:[^"\\]|\\.)*"/;
const LINE = new RegExp(
  `^\\S* - \\[[^\\]]+\\] ${QUOTED.source} (?:\\d+|"-") \\d+ \\d+( ${QUOTED.source}){4}` +
    ` x_forwarded_for:${QUOTED.source} x_forwarded_proto:${QUOTED.source} vcap_request_id:${QUOTED.source}` +
    ` response_time:\\S+ gorouter_time:\\S+ app_id:${QUOTED.source} app_index:${QUOTED.source}` +
    ` instance_id:${QUOTED.source} x_cf_routererror:${QUOTED.source}$`,
  'u',
);

describe('E10 whatever a client sends', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array).toString('latin1')),
    fc.string({
      unit: fc.constantFrom(
        '"',
        '\\',
        '\n',
        '\r',
        ' ',
        '\x1b[31m',
        'app_id:"x"',
        '\xc3',
        '\xa9',
        '\xe2\x80\xa8',
      ),
    }),
    fc.string({ unit: 'grapheme' }).map(bytesOf),
    fc.string({ unit: 'grapheme-ascii' }).map((text) => text.replaceAll(/["\\]/g, ' ')),
  );

  test('quoted, it prints on one line and stands for the same bytes', () => {
    fc.assert(
      fc.property(bytes, (text) => {
        const quoted = quote(text);
        assert.doesNotMatch(textOf(quoted), /[\p{C}\p{Zl}\p{Zp}\ufffe\uffff]/u);
        assert.match(quoted, new RegExp(`^${QUOTED.source}$`));
        if (text !== '') assert.equal(unquote(quoted), text);
      }),
      { numRuns: 3000 },
    );
  });

  test('the line keeps its shape, and each field is told apart', () => {
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 6, maxLength: 6 }), (texts) => {
        const [target, ...others] = texts as [string, string, string, string, string, string];
        const [referer, userAgent, forwardedFor, forwardedProto, routerError] = others;
        const requestLine = `GET ${target} HTTP/1.1`;
        const plain = texts.every((text) => /^[\x20-\x7e]*$/.test(text) && !/["\\]/.test(text));
        const line = lineOf({
          plain,
          requestLine,
          referer,
          userAgent,
          forwardedFor,
          forwardedProto,
          routerError,
        });
        assert.match(line, LINE);
        const fields = line.match(new RegExp(QUOTED.source, 'gu'))!;
        assert.deepEqual(
          [0, 1, 2, 5, 6, 11].map((at) => fields[at]),
          [requestLine, ...others].map(quote),
        );
      }),
      { numRuns: 500 },
    );
  });
});
