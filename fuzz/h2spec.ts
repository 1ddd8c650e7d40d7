import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findProgram } from '../bench/find-program.ts';
import { Authority } from '../test/support/certificates.ts';
import { TestRouter } from '../test/support/router.ts';
import { Origin } from './socket/origin.ts';
import { Teardown } from './socket/teardown.ts';

const HOST = 'localhost';
/** What a case may take, in seconds: of those that wait for nothing to come each takes all of it. */
const PATIENCE = '3';
/** More than the windows that cases begin with. */
const BODY = 'x'.repeat(1000);

const MISSING = `h2spec is not on the PATH. It is one program: take a release of summerwind/h2spec from GitHub, or build it with
  go install github.com/summerwind/h2spec/cmd/h2spec@latest
`;

const program = findProgram('h2spec');
if (program === undefined) {
  process.stderr.write(MISSING);
  process.exitCode = 2;
} else {
  process.exitCode = await judge(program, process.argv.slice(2));
}

/** Answers the exit code. `sections`: of h2spec, as `http2/5.1`; none: all. */
async function judge(h2spec: string, sections: readonly string[]): Promise<number> {
  const teardown = new Teardown();
  try {
    const { http, https } = await startRouter(teardown);
    const inClear = await run(h2spec, 'in clear', ['-p', String(http), ...sections]);
    const overTls = await run(h2spec, 'over TLS', ['-p', String(https), '-t', '-k', ...sections]);
    return inClear && overTls ? 0 : 1;
  } finally {
    await teardown.run();
  }
}

/** With one route, to a backend that answers whatever it is asked. */
async function startRouter(teardown: Teardown): Promise<{ http: number; https: number }> {
  const { cert, key } = new Authority().issue({ names: `DNS:${HOST}` });
  const router = await TestRouter.start(teardown, {
    ...{ enable_ssl: true, ssl_port: 0, tls_pem: [{ cert_chain: cert, private_key: key }] },
    ...{ cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256', max_tls_version: 'TLSv1.3' },
    // Nobody repeats the registration.
    droplet_stale_threshold: '24h',
    cellgate: { proxy_threads: 1, h2c: true },
  });
  const origin = await Origin.start(teardown);
  origin.answer = ({ start }, socket) => {
    origin.take();
    const body = start.startsWith('HEAD ') ? '' : BODY;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${body}`);
  };
  await router.route(HOST, origin.port);
  return { http: router.port, https: router.router.addresses.https! };
}

/** Answers whether all of it passed. */
async function run(h2spec: string, how: string, args: readonly string[]): Promise<boolean> {
  process.stdout.write(`HTTP/2 ${how}:\n`);
  const child = spawn(h2spec, ['--strict', '-h', HOST, '-o', PATIENCE, ...args], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}
