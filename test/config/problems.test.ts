import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/read.ts';
import { fieldPaths } from '../../src/config/schema-path.ts';

function problems(text: string): readonly string[] {
  const result = parseConfig(text, 'gorouter.yml');
  return result.ok ? [] : result.problems;
}

function onlyProblem(text: string): string {
  const [first, ...others] = problems(text);
  assert.deepEqual(others, []);
  return first ?? 'no problem';
}

test('§5.3 a member of a list of the wrong kind is named by its line, and by what the list is of', () => {
  assert.equal(
    onlyProblem('extra_headers_to_log:\n-\n- a\n- {b: c}'),
    'gorouter.yml:4: extra_headers_to_log.1: expected text, found a mapping',
  );
  assert.equal(
    onlyProblem('prometheus: {meters: {gorouter_time_histogram_buckets: [a]}}'),
    'gorouter.yml:1: prometheus.meters.gorouter_time_histogram_buckets.0: expected a number, found text',
  );
  assert.equal(onlyProblem('tls_pem: [a]'), 'gorouter.yml:1: tls_pem.0: expected a mapping, found text');
});

test('§5.3 in a list of our own something that says nothing is a mistake', () => {
  assert.equal(
    onlyProblem('cellgate: {trusted_proxies: [10.0.0.0/8, ~]}'),
    'gorouter.yml:1: cellgate.trusted_proxies.1: expected text, found nothing',
  );
});

test('§5.3 a value of the wrong kind is named with file, line, key, what is allowed and what was found', () => {
  assert.equal(
    onlyProblem('port: 80\n\ndroplet_stale_threshold: 12\n'),
    'gorouter.yml:3: droplet_stale_threshold: expected a duration like "120s", found 12 (number)',
  );
  assert.equal(
    onlyProblem('port: 70000'),
    'gorouter.yml:1: port: expected a port number, 0 to 65535, found 70000 (number)',
  );
  assert.equal(
    onlyProblem('port: "80"'),
    'gorouter.yml:1: port: expected a port number, 0 to 65535, found "80" (text)',
  );
  assert.equal(
    onlyProblem('disable_keep_alives: maybe'),
    'gorouter.yml:1: disable_keep_alives: expected true or false, found "maybe" (text)',
  );
  assert.equal(
    onlyProblem('cellgate:\n  proxy_threads: 65'),
    'gorouter.yml:2: cellgate.proxy_threads: expected an integer, 1 to 64, found 65 (number)',
  );
  assert.equal(
    onlyProblem('balancing_algorithm: random'),
    'gorouter.yml:1: balancing_algorithm: Invalid load balancing algorithm: expected one of round-robin, least-connection, found "random" (text)',
  );
  assert.equal(
    onlyProblem('index: -1'),
    'gorouter.yml:1: index: expected an integer, from 0, found -1 (number)',
  );
});

test('problems inside lists name the element', () => {
  assert.equal(
    onlyProblem('nats:\n  hosts:\n  - hostname: a\n    port: 4222\n  - hostname: b\n    port: none\n'),
    'gorouter.yml:6: nats.hosts.1.port: expected an integer, 1 to 65535, found "none" (text)',
  );
  assert.equal(
    onlyProblem('nats:\n  hosts:\n  - hostname: a\n'),
    'gorouter.yml:3: nats.hosts.0.port: expected an integer, 1 to 65535, found nothing',
  );
});

test('every problem of a file is told, in the order of the file', () => {
  assert.deepEqual(
    problems('port: x\nnats: y\nstatus:\n  port: z\n').map((problem) => problem.split(': ')[1]),
    ['port', 'nats', 'status.port'],
  );
});

test('durations out of range say what the range is', () => {
  assert.match(
    onlyProblem('cellgate: {first_byte_timeout: 600h}'),
    /first_byte_timeout: expected a duration of at most "2147483647ms", found "600h"/,
  );
  assert.match(
    onlyProblem('cellgate: {first_byte_timeout: -1s}'),
    /first_byte_timeout: expected a duration like "120s", found "-1s"/,
  );
  assert.match(
    onlyProblem('cellgate: {tcp: {keep_alive_interval: 0}}'),
    /expected a duration of at least "1000ms", found 0/,
  );
});

test('sharding by segments needs segments', () => {
  assert.match(
    onlyProblem('routing_table_sharding_mode: segments'),
    /^gorouter\.yml:1: routing_table_sharding_mode: .*isolation_segments is empty/,
  );
  assert.deepEqual(problems('routing_table_sharding_mode: segments\nisolation_segments: [a]'), []);
});

test('broken YAML is one sentence with line and column', () => {
  assert.match(onlyProblem('port: 80\nstatus:\n\tport: 1\n'), /^gorouter\.yml:3:1: broken YAML: Tabs /);
  assert.match(onlyProblem('port: 1\nport: 2\n'), /^gorouter\.yml:2:1: broken YAML: Map keys must be unique/);
  assert.match(onlyProblem('status: {port: 80\n'), /^gorouter\.yml:\d+:\d+: broken YAML: /);
  assert.match(onlyProblem('['.repeat(20_000)), /broken YAML/);
  assert.equal(onlyProblem('- port\n'), 'gorouter.yml: expected a mapping, found a list');
});

test('a map with very many keys takes no longer than its length', () => {
  const keys = Array.from({ length: 150_000 }, (_, at) => `  k${at}: v`).join('\n');
  const began = performance.now();
  assert.deepEqual(problems(`unknown:\n${keys}\n`), []);
  assert.ok(performance.now() - began < 25_000);
});

test('aliases that repeat too much are refused', () => {
  const bomb = ['a: &a {port: 1}'];
  for (let level = 1; level < 9; level++) {
    const below = `*${'abcdefghi'[level - 1]}`;
    bomb.push(`${'abcdefghi'[level]}: &${'abcdefghi'[level]} {<<: [${Array(9).fill(below).join(', ')}]}`);
  }
  assert.match(onlyProblem([...bomb, 'status: *i'].join('\n')), /aliases \(\*\) repeat too much/);
  const wide = `extra_headers_to_log: &a [${Array(200).fill('x').join(', ')}]\n`;
  const hosts = `http_rewrite: {responses: {remove_headers: &b [${Array(200).fill('{name: x}').join(', ')}]}}\n`;
  assert.deepEqual(problems(`${wide}${hosts}isolation_segments: *a\n`), []);
  assert.match(onlyProblem(`status: &s {tls: {certificate: *s}}`), /expected|holds itself/);
  assert.match(onlyProblem('status: &s {<<: *s}'), /broken YAML: an anchor \(&\) holds itself/);
});

test('no secret gets into a message, whatever is wrong with it or around it', () => {
  const secret = 'hunter2';
  const spoilt = [
    `nats:\n  pass: [${secret}]\n`,
    `nats:\n  pass: {${secret}: 1}\n`,
    `nats:\n  pass: *${secret}\n`,
    `nats:\n  pass: !${secret} x\n`,
    `nats:\n  pass: !!${secret} x\n`,
    `nats:\n  pass: &${secret}: 3\n`,
    `nats:\n  pass: "\\${secret}"\n`,
    `nats:\n  pass: "${secret}\n`,
    `nats:\n  pass: |${secret}\n`,
    `nats:\n  pass: @${secret}\n`,
    `nats:\n  pass: a: ${secret}\n`,
    `nats:\n  pass: "a" ${secret}\n`,
    `nats:\n  pass: [a, ${secret}\n`,
    `nats:\n  pass: x\n ${secret}\n`,
    `nats: nats://user:${secret}@host:4222\n`,
    `nats:\n  hosts: nats://user:${secret}@host:4222\n`,
    `nats:\n  hosts: [nats://user:${secret}@host:4222]\n`,
    `status:\n  pass:\n  - ${secret}\n`,
    `nats: {pass:${secret}}\n`,
    `nats: {pass ${secret}}\n`,
    `nats:\n  pass:${secret}\n`,
    secret,
  ];
  for (const text of spoilt) {
    const result = parseConfig(text, 'gorouter.yml');
    const sentences = result.ok ? result.warnings : result.problems;
    assert.notDeepEqual(sentences, [], text);
    assert.ok(!sentences.join().includes(secret), sentences.join());
  }
});

test('any value under any key gives a configuration or problems, never a throw', () => {
  const paths = [...fieldPaths()].map(([path]) => path.replaceAll('[]', '.0').split('.'));
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
      const document = path.reduceRight<unknown>((below, key) => ({ [key]: below }), value);
      const result = parseConfig(stringify(document), 'gorouter.yml');
      if (!result.ok)
        for (const problem of result.problems) assert.match(problem, /^gorouter\.yml(?::\d+)?: [\w.]+: ./);
    }),
    { numRuns: 300 },
  );
});

test('any text gives a configuration or problems, never a throw', () => {
  const line = fc.constantFrom(
    'port: 80',
    'nats:',
    '  hosts:',
    '  - hostname: *a',
    'x: &a',
    '- {',
    ']',
    '? ',
    '<<: 3',
    '"',
    '\t',
    '%',
    '---',
    '!!map',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(line).map((lines) => lines.join('\n')),
      ),
      (text) => {
        const result = parseConfig(text, 'gorouter.yml');
        assert.ok(result.ok || result.problems.length > 0);
      },
    ),
  );
});
