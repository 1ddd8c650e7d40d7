import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { parseCutover } from '../../src/cli/cutover-arguments.ts';

const ENV = { CELLGATE_ADMIN: 'http://127.0.0.1:8083', CELLGATE_TOKEN: 'secret' };

function messageOf(argv: readonly string[]): string {
  const parsed = parseCutover(argv, ENV);
  assert.equal(parsed.kind, 'usage-error');
  assert.equal(parsed.kind === 'usage-error' && parsed.exitCode, 64);
  return parsed.kind === 'usage-error' ? parsed.message : '';
}

describe('cellgate cutover', () => {
  test('takes a route and two selectors, and what else is said', () => {
    const parsed = parseCutover(
      [
        'shop.test',
        '--from',
        'app:a',
        '--to',
        'app:b',
        '--plan',
        '5,100',
        '--soak=2m',
        '--expect-routers',
        '3',
      ],
      ENV,
    );
    assert.ok(parsed.kind === 'cutover');
    assert.deepEqual(parsed.action, {
      verb: 'begin',
      route: 'shop.test',
      order: {
        route: 'shop.test',
        from: 'app:a',
        to: 'app:b',
        plan: '5,100',
        soak_ms: 120_000,
        expect_routers: 3,
      },
    });
    assert.equal(parsed.json, false);
  });

  test('takes orders, for a route or for the only one', () => {
    for (const verb of ['status', 'pause', 'resume', 'promote', 'abort', 'history']) {
      for (const route of [[], ['shop.test']]) {
        const parsed = parseCutover([verb, ...route, '--json'], ENV);
        assert.ok(parsed.kind === 'cutover');
        assert.deepEqual(parsed.action, { verb, route: route[0] ?? null });
        assert.equal(parsed.json, true);
      }
    }
  });

  test('says what is wrong with a command line', () => {
    assert.match(messageOf([]), /^nothing to do: allowed: a ROUTE with --from and --to, or status/);
    assert.match(messageOf(['shop.test', '--from', 'app:a']), /^a cutover needs --to SELECTOR/);
    assert.match(messageOf(['shop.test', 'other.test', '--from', 'a', '--to', 'b']), /"other\.test"/);
    assert.match(messageOf(['status', '--plan', '100']), /^--plan belongs to a cutover that begins$/);
    const wish = ['shop.test', '--from', 'app:a', '--to', 'app:b'];
    assert.match(messageOf([...wish, '--soak', 'long']), /^--soak: found "long", allowed: a time like 60s/);
    assert.match(
      messageOf([...wish, '--min-requests', 'x']),
      /^--min-requests: found "x", allowed: a number$/,
    );
    assert.match(messageOf([...wish, '--plam', '100']), /did you mean "--plan"/);
  });
});
