import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, type TestContext, test } from 'vitest';
import { printableJson } from '../../src/cli/printable.ts';
import { routersTable } from '../../src/cli/routers.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';

const ROUTERS = [
  {
    id: '1b4e28ba-2fa1-11d2-883f-0016d3cca427',
    version: '0.1.0',
    address: '10.0.0.7:8083',
    state: 'serving',
    routes: 100_001,
    generation: 4711,
    decisions: 12,
    heard_ms: 2300,
  },
  {
    id: '6fa459ea-ee8a-3ca4-894e-db77e160355e',
    version: '0.1.0',
    address: '',
    state: 'draining',
    routes: 3,
    generation: 5,
    decisions: 0,
    heard_ms: 0,
  },
];

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listening(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function serve(t: TestContext, handler: Handler): Promise<number> {
  return listening(t, createServer(handler));
}

/** The command with an empty state folder; what it printed, and its exit code. */
async function run(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folder = temporaryDirectory(t);
  const own = { CELLGATE_STATE_DIR: folder, CELLGATE_ADMIN: '', CELLGATE_TOKEN: '' };
  const command = new CellgateProcess(t, ['routers', ...args], folder, { ...own, ...env });
  const [code] = await command.exited;
  return { code, out: command.stdout, error: command.stderr };
}

const listed: Handler = (_request, response) => {
  response.end(JSON.stringify({ routers: ROUTERS }));
};

describe('cellgate routers', () => {
  test('prints a table, or JSON with all there is', async (t) => {
    const asked: (string | undefined)[] = [];
    const port = await serve(t, (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      listed(request, response);
    });
    const at = ['--admin', `http://127.0.0.1:${port}`];
    assert.deepEqual(await run(t, [...at, '--token', 'a-token']), {
      code: 0,
      out: `ID        VERSION  ADDRESS        STATE     ROUTES  GENERATION  DECISIONS  HEARD
1b4e28ba  0.1.0    10.0.0.7:8083  serving   100001        4711         12  2 s ago
6fa459ea  0.1.0    -              draining       3           5          0  now
`,
      error: '',
    });
    const json = await run(t, ['--json'], { CELLGATE_ADMIN: at[1], CELLGATE_TOKEN: 'env-token' });
    assert.deepEqual(JSON.parse(json.out), { routers: ROUTERS });
    assert.deepEqual(asked, ['GET /v1/routers Bearer a-token', 'GET /v1/routers Bearer env-token']);
  });

  test('takes the token out of a file', async (t) => {
    let asked: string | undefined;
    const port = await serve(t, (request, response) => {
      asked = request.headers.authorization;
      listed(request, response);
    });
    const file = join(temporaryDirectory(t), 'token');
    writeFileSync(file, 'file-token\n');
    assert.equal((await run(t, ['--admin', `http://127.0.0.1:${port}`, '--token', `@${file}`])).code, 0);
    assert.equal(asked, 'Bearer file-token');
  });

  test('asks over a socket, and over TLS whose certificate it checks', async (t) => {
    const path = join(temporaryDirectory(t), 'admin.sock');
    const server = createServer(listed).listen(path);
    await once(server, 'listening');
    t.onTestFinished(() => void server.close());
    assert.equal((await run(t, ['--admin', `unix:${path}`])).code, 0);

    const authority = new Authority();
    const port = await listening(t, createTlsServer(authority.issue({ names: 'IP:127.0.0.1' }), listed));
    const ca = join(temporaryDirectory(t), 'ca.pem');
    writeFileSync(ca, authority.cert);
    const at = ['--admin', `https://127.0.0.1:${port}`];
    assert.equal((await run(t, at, { NODE_EXTRA_CA_CERTS: ca })).code, 0);
    const refused = await run(t, at);
    assert.equal(refused.code, 1);
    assert.match(
      refused.error,
      /^cellgate: the certificate at https:.* is not to be trusted \(\w+\): set NODE_EXTRA_CA_CERTS [^\n]*\n$/,
    );
  });

  test('ends with 1 and one sentence that says what to do when there is no answer', async (t) => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const json =
      (status: number, value: object): Handler =>
      (_request, response) => {
        response.writeHead(status).end(JSON.stringify(value));
      };
    const of = async (handler: Handler): Promise<string> => `http://127.0.0.1:${await serve(t, handler)}`;
    const garbage = createTcpServer((socket) => socket.on('error', () => {}).end('hello\r\n\r\n'));
    const cases: [string, RegExp][] = [
      [
        nobody,
        /^nobody answers at http:\S+ \(ECONNREFUSED\): start a router with "cellgate", or name another with --admin URL$/,
      ],
      ['unix:/nowhere/admin.sock', /^nobody answers at unix:\S+ \(ENOENT\): start a router/],
      [`http://127.0.0.1:${await listening(t, garbage)}`, /^what answers at http:\S+ speaks no HTTP: /],
      [`https://127.0.0.1:${await serve(t, listed)}`, /^what answers at https:\S+ speaks no TLS \(\w+\): /],
      [await of((_request, response) => response.destroy()), /^nobody answers at /],
      [
        await of((_request, response) => response.end('<html>')),
        /is no admin address of Cellgate \(status 200\)/,
      ],
      [await of(json(404, {})), /is no admin address of Cellgate \(status 404\)/],
      [await of(json(200, {})), /^the router answered without a list of routers: /],
      [
        await of(json(401, { error: 'x', detail: 'no \x1b[31mtoken', hint: 'send one' })),
        /^no \?\[31mtoken: send one$/,
      ],
    ];
    for (const [admin, sentence] of cases) {
      const { code, out, error } = await run(t, ['--admin', admin]);
      assert.deepEqual([code, out], [1, ''], admin);
      assert.match(error, /^cellgate: [^\n]+\n$/);
      assert.match(error.slice('cellgate: '.length, -1), sentence);
    }
    const { code, error } = await run(t, []);
    assert.equal(code, 1);
    assert.equal(
      error,
      'cellgate: no router of this user runs here: start one with "cellgate", or name one with --admin URL\n',
    );
  });

  test('ends with 64 when the command line is wrong', async (t) => {
    for (const args of [
      ['--admin', 'localhost:1'],
      ['--nonsense'],
      ['operand'],
      ['--token'],
      ['--admin', 'http://a', '--token', '@/nowhere'],
    ]) {
      const { code, out, error } = await run(t, args);
      assert.deepEqual([code, out], [64, ''], args.join(' '));
      assert.match(error, /^cellgate: [^\n]+, see "cellgate --help"\n$/);
    }
    assert.equal((await run(t, [], { CELLGATE_ADMIN: 'nonsense' })).code, 64);
    const help = await run(t, ['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /other users see a command line, so rather @FILE/);
  });
});

test('the table fits in 100 columns, one line a router, whatever they say', () => {
  const text = fc.string({ unit: 'binary', maxLength: 150 });
  const router = fc.record(
    {
      id: fc.oneof(fc.uuid(), text),
      version: fc.oneof(text, fc.constantFrom({ toString: 1, valueOf: 1 }, [], true, null)),
      address: fc.oneof(fc.domain(), text),
      state: text,
      routes: fc.oneof(fc.nat(), text),
      generation: fc.maxSafeNat(),
      decisions: fc.maxSafeNat(),
      heard_ms: fc.double({ min: 0, max: 1e9, noNaN: true }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(router, fc.constantFrom(null, 1, 'x'))), (routers) => {
      const lines = routersTable(routers).split('\n');
      assert.equal(lines.length, routers.length + 2);
      for (const line of lines) {
        assert.ok(line.length <= 100, line);
        assert.match(line, /^[\x20-\x7e…]*$/);
      }
    }),
  );
});

test('a hundred thousand routers, and ids of megabytes, are a table too', () => {
  const many = Array.from({ length: 100_000 }, (_, at) => ({ id: `router-${at}` }));
  assert.equal(routersTable(many).split('\n').length, many.length + 2);
  const long = ['a', 'b'].map((end) => ({ id: 'x'.repeat(1 << 20) + end }));
  assert.equal(routersTable(long).split('\n').length, 4);
});

test('JSON is the same value in printable ASCII', () => {
  const value = fc.jsonValue({ stringUnit: 'binary' });
  fc.assert(
    fc.property(value, (each) => {
      const text = printableJson(each);
      assert.match(text, /^[\x20-\x7e\n]*$/);
      assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(each));
    }),
  );
});

test('routers whose ids begin alike are told apart', () => {
  const [first, second] = ['12345678-aaaa', '12345678-aaab'];
  const lines = routersTable([{ id: first }, { id: second }]).split('\n');
  assert.ok(lines[1]!.startsWith(first) && lines[2]!.startsWith(second));
});
