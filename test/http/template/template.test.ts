import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { parseTemplate } from '../../../src/http/template/parse.ts';
import { type Page, render } from '../../../src/http/template/render.ts';
import { TemplateFault } from '../../../src/http/template/template.ts';

const PAGE: Page = {
  Status: 503,
  StatusText: 'Service Unavailable',
  Message: `Requested route ('<a&b>') has "none".`,
  headers: new Map([['x-cf-routererror', 'no_endpoints']]),
};

function shown(source: string, page: Partial<Page> = {}): string | null {
  return render(parseTemplate(source), { ...PAGE, ...page });
}

describe('§3.2 a template', () => {
  const cases: readonly (readonly [source: string, text: string])[] = [
    ['plain', 'plain'],
    ['{{.Status}} {{ .StatusText }}', '503 Service Unavailable'],
    ['<p>{{.Message}}</p>', '<p>Requested route (&#39;&lt;a&amp;b&gt;&#39;) has &#34;none&#34;.</p>'],
    ['{{.Header.Get "X-Cf-RouterError"}}{{.Header.Get "absent"}}', 'no_endpoints'],
    ['{{if eq .Status 404}}a{{else if eq .Status 502 503}}b{{else}}c{{end}}', 'b'],
    ['{{if ne .Status 503}}a{{else if lt .Status 500}}b{{else}}c{{end}}', 'c'],
    ['{{if eq (.Header.Get "X-Cf-RouterError") "no_endpoints"}}yes{{end}}', 'yes'],
    ['{{if and (ge .Status 500) (not (eq .Message ""))}}yes{{end}}', 'yes'],
    ['{{or (.Header.Get "x") .StatusText}}', 'Service Unavailable'],
    ['{{and .Status ""}}', ''],
    ['{{with .Header.Get "X-Cf-RouterError"}}[{{.}} {{$.Status}}]{{end}}', '[no_endpoints 503]'],
    ['{{with .Header.Get "x"}}a{{else}}b{{end}}', 'b'],
    ['{{with .Header}}{{.Get "X-Cf-RouterError"}}{{end}}', 'no_endpoints'],
    ['{{if true}}{{if false}}a{{end}}b{{end}}', 'b'],
    ['a {{- .Status -}} b', 'a503b'],
    ['a{{/* {{.Nothing}} */}}b {{- /* x */ -}} c', 'abc'],
    ['{{"}}"}}{{`{{`}}', '}}{{'],
    ['a<!-- {{.Status}} secret -->b', 'ab'],
    [
      "<textarea title='{{.StatusText}}'>{{.Message}}</textarea>".replace('{{.Message}}', '{{.Status}}'),
      "<textarea title='Service Unavailable'>503</textarea>",
    ],
    ['<p title={{.StatusText}}>', '<p title=Service&#32;Unavailable>'],
    ['<a href="/help?e={{.StatusText}}">', '<a href="/help?e=Service%20Unavailable">'],
    [
      '<style>a { b: c }</style><script>if (a < b) c("{")</script>{{.Status}}',
      '<style>a { b: c }</style><script>if (a < b) c("{")</script>503',
    ],
  ];
  for (const [source, text] of cases) {
    test(`shows ${source}`, () => assert.equal(shown(source), text));
  }

  test('that compares a number with a text cannot be shown', () => {
    assert.equal(shown('{{if eq .Status "503"}}a{{end}}'), null);
  });

  test('puts no script address into a link', () => {
    const message = { Message: 'javascript:alert(1)' };
    assert.equal(shown('<a href="{{.Message}}">', message), '<a href="#ZgotmplZ">');
  });

  const faults: readonly (readonly [source: string, line: number, what: RegExp])[] = [
    ['a\nb {{.Nothing}}', 2, /there is no \.Nothing/],
    ['{{range .Header}}{{end}}', 1, /function range is not supported/],
    ['{{.Message | printf "%s"}}', 1, /"\| printf.*not supported/],
    ['\n\n{{if .Status}}a', 3, /\{\{if\}\} without \{\{end\}\}/],
    ['{{end}}', 1, /\{\{end\}\} without/],
    ['{{else}}', 1, /\{\{else\}\} without/],
    ['{{if .Status}}a{{else}}b\n{{else}}c{{end}}', 2, /second \{\{else\}\}/],
    ['a\n{{.Status', 2, /not closed with \}\}/],
    ['{{/* a }}', 1, /comment is not closed/],
    ['{{if}}a{{end}}', 1, /value is missing/],
    ['{{eq .Status}}', 1, /eq with 1 operand/],
    ['{{eq .Header.Get "a" "b"}}', 1, /brackets/],
    ['{{.Header}}', 1, /nothing to print/],
    ['{{}}', 1, /value is missing/],
    ['{{$x := 1}}', 1, /not supported/],
    ['<script>var s = {{.Status}}</script>', 1, /inside <script>/],
    ['<p onclick="a({{.Status}})">', 1, /attribute onclick/],
    ['<p {{.Message}}>', 1, /inside a tag/],
    ['{{if .Status}}<p title="{{end}}">', 1, /different places/],
  ];
  for (const [source, line, what] of faults) {
    test(`with a fault is refused with its line: ${JSON.stringify(source)}`, () => {
      assert.throws(
        () => parseTemplate(source),
        (error) => error instanceof TemplateFault && error.line === line && what.test(error.message),
      );
    });
  }

  test('never lets a value become markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (message) => {
        const text = shown('<p title="{{.Message}}">{{.Message}}</p>', { Message: message })!;
        const [, attribute, content] = /^<p title="([\s\S]*)">([\s\S]*)<\/p>$/.exec(text)!;
        for (const part of [attribute!, content!]) assert.doesNotMatch(part, /[<>"']/);
        const back = attribute!
          .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
          .replace(/&lt;/g, '<')
          .replace(/&gt;/g, '>')
          .replace(/&amp;/g, '&');
        assert.equal(back, message.replaceAll('\0', '\xef\xbf\xbd'));
      }),
    );
  });

  test('of any text is shown or refused, never worse', () => {
    const bits = fc.constantFrom(
      '{{',
      '}}',
      '.Status',
      'if ',
      'else',
      'end',
      '"',
      '<a ',
      '>',
      ' ',
      '-',
      '/*',
      '*/',
      '(',
      'eq',
      '\n',
      '$',
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 20 }), (list) => {
        try {
          shown(list.join(''));
        } catch (error) {
          assert.ok(error instanceof TemplateFault, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
