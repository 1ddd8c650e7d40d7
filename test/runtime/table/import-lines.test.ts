import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { ImportLines, MOST_FAULTS, MOST_ROUTES } from '../../../src/runtime/table/import-lines.ts';
import type { TcpRegistration } from '../../../src/tcp/table/route.ts';

const CHECKS = { tcp: null, who: 'ops', until: 7 };

function read(lines: readonly object[], checks: ConstructorParameters<typeof ImportLines>[0] = CHECKS) {
  const found = new ImportLines(checks);
  for (const _ of found.read(lines.map((line) => JSON.stringify(line)).join('\n')));
  return found;
}

function http(uri: string, port: number, more: object = {}): object {
  return { uris: [uri], host: '10.0.0.1', port, ...more };
}

function tcp(port: number, more: object = {}): object {
  return { external_port: port, protocol: 'tcp', host: '10.0.0.1', port: 1, ...more };
}

const ALL_PORTS = { ...CHECKS, tcp: { refusal: () => null } };

describe('what an operator brings as a table', () => {
  test('is a route for each key, by who brings it, without what others have said', () => {
    const found = read([
      http('A.test/x', 1, {
        origin: 'nats router.register',
        first_seen: 1,
        who: 'root',
        until: 1e15,
        app: 'a',
      }),
      http('b.test', 1),
      http('a.test/X/', 2),
    ]);
    assert.deepEqual(found.faults, []);
    assert.equal(found.endpoints, 3);
    assert.deepEqual(found.routes, [
      {
        kind: 'http',
        route: 'a.test/x',
        who: 'ops',
        until: 7,
        endpoints: [http('A.test/x', 1, { app: 'a' }), http('a.test/X/', 2)],
      },
      { kind: 'http', route: 'b.test', who: 'ops', until: 7, endpoints: [http('b.test', 1)] },
    ]);
  });

  test('is named line by line where it is bad', () => {
    const checks = {
      ...CHECKS,
      tcp: {
        refusal: ({ port }: TcpRegistration) => (port < 1000 ? ('port-not-reservable' as const) : null),
      },
    };
    const lines = [
      http('a.test', 1),
      http('a.test', 1),
      http('a.test', 0),
      http(`a.test/${'x'.repeat(1100)}`, 1),
      tcp(999),
      tcp(1000),
      tcp(1000, { port: 2, alpns: 'h2', terminate_frontend_tls: true }),
      tcp(1000, { port: 3, source: 'api other' }),
      tcp(1001, { source: 5 }),
    ];
    const { faults } = read(lines, checks);
    assert.deepEqual(
      faults.map(({ line, reason }) => `${line} ${reason}`),
      [
        '2 its endpoint is there twice',
        '3 port: found 0 and no tls_port, allowed: an integer from 1 to 65535',
        '4 its route is longer than 1024 characters',
        '5 the route is refused: port-not-reservable',
        '7 its source, terminate_frontend_tls or alpns are not those of the lines before for its route',
        '8 its source, terminate_frontend_tls or alpns are not those of the lines before for its route',
        '9 source: allowed: a string',
      ],
    );
    assert.match(read([tcp(1000)]).faults[0]!.reason, /^this router has no TCP routes/);
  });

  test('is looked at up to its thousandth fault', () => {
    const found = new ImportLines(CHECKS);
    const pieces = [...found.read('x\n'.repeat(1 << 20))].length;
    assert.deepEqual([found.faults.length, found.isCut], [MOST_FAULTS, true]);
    assert.ok(pieces <= MOST_FAULTS / 50, String(pieces));
    assert.equal(read([http('a.test', 0)]).isCut, false);
  });

  test('has bounds: what one route says, and how many there are', () => {
    const long = (port: number): object => http('a.test', port, { app: 'x'.repeat(15_000) });
    assert.deepEqual(
      read([1, 2, 3, 4, 5].map(long)).faults.map(({ line }) => line),
      [5],
    );
    const many = Array.from({ length: MOST_ROUTES }, (_, at) => http(`r${at}.test`, 1));
    assert.deepEqual(read(many).faults, []);
    const [fault, ...others] = read([...many, tcp(1000)], ALL_PORTS).faults;
    assert.equal(fault?.line, null);
    assert.match(fault!.reason, /^it has 1001 routes, allowed: at most 1000/);
    assert.deepEqual(others, []);
    assert.deepEqual(read([{}]).faults.length, 1);
    assert.deepEqual(read([]).faults, [{ line: null, reason: 'it is empty' }]);
  });
});
