import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createComponentLog, type LogLevel } from '../../src/telemetry/component-log.ts';

function collected(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createComponentLog({
    ...{ level, source: 'gorouter.stdout', timestampFormat: 'unix-epoch', shape: 'terminal' },
    destination: { write: (line) => lines.push(line), flush() {} },
  });
  return { log, lines, last: () => lines.at(-1)! };
}

test('for people a line is its time, level, part and message, with what it tells', () => {
  const { log, last } = collected();
  log.info('starting');
  assert.match(last(), /^\d\d:\d\d:\d\d\.\d{3} {2}info {3}starting\n$/);
  log.child('registry').warn('pruned-route', { uri: 'a.b', endpoints: ['1.2.3.4:80'], count: 1, gone: true });
  assert.match(
    last(),
    / {2}warn {3}registry: pruned-route {2}uri=a\.b {2}endpoints=\[ '1\.2\.3\.4:80' \] {2}count=1 {2}gone=true\n$/,
  );
});

test('for people what is empty is left out, and what has blanks is quoted', () => {
  const { log, last } = collected();
  log.error('x', {
    socket: '',
    port: null,
    none: [],
    zero: 0,
    why: 'no such file',
    error: new Error('away'),
  });
  assert.match(last(), / {2}error {2}x {2}zero=0 {2}why="no such file" {2}error=away\n$/);
});

test('for people as for programs levels below the wanted one are left out, and lines are counted', () => {
  const { log, lines } = collected('warn');
  for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[level](level);
  assert.equal(lines.length, 3);
  assert.deepEqual(log.counts, [0, 0, 1, 1, 1]);
  log.setLevel('info');
  log.child('x').info('four');
  assert.equal(lines.length, 4);
});

test('a terminal is shown nothing that it would obey, and nothing that is logged can throw', () => {
  const { log, lines, last } = collected();
  log.info('\x1b[2J\n', { 'k\n': '\x1b]0;title\x07', deep: { text: 'é\x9b' } });
  assert.match(last(), /^[\x20-\x7e]+\n$/);
  const circle: Record<string, unknown> = { big: 10n };
  circle['self'] = circle;
  log.info('circle', { circle });
  assert.match(last(), /circle=.*big: 10n/);
  assert.equal(lines.length, 2);
});
