import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { HELP, ROUTER } from '../../src/cli/commands.ts';
import { REGISTER } from '../../src/cli/register-spec.ts';

function parse(line: string) {
  return parseArguments(line.split(' ').filter((word) => word !== ''));
}

function message(line: string): string {
  const parsed = parse(line);
  assert.equal(parsed.kind, 'usage-error', line);
  return parsed.kind === 'usage-error' ? parsed.message : '';
}

test('§5.1 runs the router without a file, or with one in any of the spellings Go takes', () => {
  assert.deepEqual(parse(''), { kind: 'run', configFile: null, port: null });
  for (const line of [
    '-c a.yml',
    '-c=a.yml',
    '--c a.yml',
    '--config a.yml',
    '--config=a.yml',
    '-config a.yml',
  ]) {
    assert.deepEqual(parse(line), { kind: 'run', configFile: 'a.yml', port: null }, line);
  }
});

test('--port is for a router without a configuration', () => {
  assert.deepEqual(parse('--port 9000'), { kind: 'run', configFile: null, port: 9000 });
  for (const port of ['0', '65536', '-1', 'x', '1e3', '080000']) {
    assert.equal(message(`--port=${port}`), 'option "--port" needs a port from 1 to 65535');
  }
  assert.equal(
    message('-c a.yml --port 9000'),
    'option "--port" is for a router without a configuration: set port in a.yml',
  );
});

test('help is found from everywhere', () => {
  for (const line of ['help', '-h', '--help', '-help', '-c a.yml --help']) {
    assert.deepEqual(parse(line), { kind: 'help', of: ROUTER }, line);
  }
  for (const line of ['help register', 'register --help', 'register a.b -h']) {
    assert.deepEqual(parse(line), { kind: 'help', of: REGISTER }, line);
  }
  assert.deepEqual(parse('help help'), { kind: 'help', of: HELP });
});

test('the version can be asked for', () => {
  for (const line of ['--version', '-v', 'version']) assert.deepEqual(parse(line), { kind: 'version' }, line);
});

test('a mistyped command or option is named with the one it resembles', () => {
  assert.equal(message('regsiter a.b c:1'), 'unknown command "regsiter" (did you mean "register"?)');
  assert.equal(message('help regster'), 'unknown command "regster" (did you mean "register"?)');
  assert.equal(message('--confg a.yml'), 'unknown option "--confg" (did you mean "--config"?)');
  assert.equal(message('register --buss x'), 'unknown option "--buss" (did you mean "--bus"?)');
  assert.equal(message('--frobnicate=secret'), 'unknown option "--frobnicate"');
});

test('a missing, needless or stray argument is named', () => {
  assert.equal(message('-c'), 'option "-c" needs a value, FILE');
  assert.equal(message('-c='), 'option "-c" needs a value, FILE');
  assert.equal(message('-c --version'), 'option "-c" needs a value, FILE');
  assert.equal(message('--version=1'), 'option "--version" takes no value');
  assert.equal(message('-c a.yml b.yml'), 'unexpected argument "b.yml"');
});

test('any arguments give a command or a sentence, never a throw', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('register', 'help', '-c', '--', '--bus', '--tag', 'a.b', 'h:1', '--bus=nats://%', '='),
  );
  fc.assert(
    fc.property(fc.array(word), (argv) => {
      const parsed = parseArguments(argv);
      if (parsed.kind === 'usage-error') assert.notEqual(parsed.message, '');
    }),
  );
});
