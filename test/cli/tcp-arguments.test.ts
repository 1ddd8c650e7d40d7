import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { TCP } from '../../src/cli/commands.ts';
import { TCP_FLAGS } from '../support/tcp-router-process.ts';

const parse = (line: string) => parseArguments(['tcp', ...line.split(' ').filter((word) => word !== '')]);

function message(line: string): string {
  const parsed = parse(line);
  assert.equal(parsed.kind, 'usage-error', line);
  return (parsed as { message: string }).message;
}

test("§7.1 without arguments there are cf-tcp-router's defaults", () => {
  assert.deepEqual(parse(''), {
    kind: 'tcp',
    configFile: '/var/vcap/jobs/tcp_router/config/tcp_router.yml',
    ignored: [],
    flags: TCP_FLAGS,
  });
});

test("§7.1 cf-tcp-router's own command line is understood, and what concerns HAProxy is named", () => {
  const line = `-tcpLoadBalancerConfig=/a -tcpLoadBalancerBaseConfig=/b -haproxyReloader=c -config=f.yml
    -tokenFetchRetryInterval 1s -staleRouteCheckInterval 5s -logLevel=debug -syncInterval 1s -subscriptionRetryInterval 7
    -routingGroupCheckExit=true -timeFormat rfc3339 -defaultRouteExpiry 1m30s -tokenFetchMaxRetries 4
    -tokenFetchExpirationBufferTime 40 -debugAddr 127.0.0.1:17002 -dropsondePort 3457 -statsCollectionInterval 1m
    -tcpLoadBalancer HAProxy -tcpLoadBalancerStatsUnixSocket /s`;
  assert.deepEqual(parse(line.replaceAll('\n', ' ')), {
    kind: 'tcp',
    configFile: 'f.yml',
    ignored: [
      '-tcpLoadBalancer',
      '-tcpLoadBalancerBaseConfig',
      '-tcpLoadBalancerConfig',
      '-tcpLoadBalancerStatsUnixSocket',
      '-haproxyReloader',
      '-statsCollectionInterval',
      '-dropsondePort',
      '-debugAddr',
    ],
    flags: {
      subscriptionRetryInterval: 7000,
      syncInterval: 1000,
      staleRouteCheckInterval: 5000,
      defaultRouteExpiry: 90_000,
      tokenFetchMaxRetries: 4,
      tokenFetchRetryInterval: 1000,
      tokenFetchExpirationBufferTime: 40,
      routingGroupCheckExit: true,
      logLevel: 'debug',
      timeFormat: 'rfc3339',
    },
  });
  const given = (line: string) => (parse(line) as { flags: { routingGroupCheckExit: boolean } }).flags;
  assert.equal(given('-routingGroupCheckExit').routingGroupCheckExit, true);
  assert.equal(given('-routingGroupCheckExit=false').routingGroupCheckExit, false);
});

test('§7.1 a value that is not allowed is named with what is', () => {
  assert.equal(
    message('-syncInterval soon'),
    'option "-syncInterval" needs a duration like "30s", found "soon"',
  );
  assert.equal(message('-syncInterval 0s'), 'option "-syncInterval" needs a duration like "30s", found "0s"');
  assert.equal(
    message('-tokenFetchMaxRetries x'),
    'option "-tokenFetchMaxRetries" needs a number, found "x"',
  );
  assert.equal(
    message('-logLevel loud'),
    'option "-logLevel" needs one of debug, info, warn, error, fatal, found "loud"',
  );
  assert.match(message('-defaultRouteExpiry 65536s'), /^invalid-route-expiry: .* 65535$/);
  assert.match(message('-staleRouteCheckInterval 121s'), /^invalid-stale-route-check-interval: /);
  assert.equal(message('-routingGroupCheckExit=maybe'), 'option "-routingGroupCheckExit" takes no value');
  assert.equal(message('chek'), 'unexpected argument "chek"');
  assert.equal(message('check more'), 'unexpected argument "more"');
  assert.equal(message('-sync 1s'), 'unknown option "-sync"');
});

test('tcp has a check of its own, and a help', () => {
  assert.deepEqual(parse('check -c a.yml'), { kind: 'tcp-check', configFile: 'a.yml', print: false });
  assert.deepEqual(parse('check --print -c a.yml'), { kind: 'tcp-check', configFile: 'a.yml', print: true });
  assert.equal(parse('--print -c a.yml').kind, 'usage-error');
  assert.deepEqual(parse('--help'), { kind: 'help', of: TCP });
  assert.deepEqual(parseArguments(['help', 'tcp']), { kind: 'help', of: TCP });
});

test('any arguments after tcp give a command or a sentence, never a throw', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(...TCP.options.flatMap(({ names }) => names), '1s', '3', 'check'),
  );
  fc.assert(
    fc.property(fc.array(word), (argv) => {
      const parsed = parseArguments(['tcp', ...argv]);
      if (parsed.kind === 'usage-error') assert.notEqual(parsed.message, '');
    }),
  );
});
