import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TestContext, test } from 'vitest';

const COMMAND = fileURLToPath(new URL('../../fuzz/h2spec.ts', import.meta.url));

/** Says what it was told, and asks for `/` over HTTP/2 as it was told; fails where the arguments name a failure. */
const FAKE = `#!${process.execPath}
const { connect } = require('node:http2');
const args = process.argv.slice(2);
const port = args[args.indexOf('-p') + 1];
const shown = args.map((each) => (each === port ? 'PORT' : each)).join(' ');
const url = (args.includes('-t') ? 'https' : 'http') + '://' + args[args.indexOf('-h') + 1] + ':' + port;
const session = connect(url, { rejectUnauthorized: false });
const stream = session.request({ ':path': '/' });
let length = 0;
stream.on('response', (head) => console.log(shown, head[':status']));
stream.on('data', (piece) => { length += piece.length; });
stream.on('end', () => {
  console.log(length);
  session.close();
  process.exitCode = args.includes(args.includes('-t') ? 'fails/tls' : 'fails/clear') ? 1 : 0;
});
`;

/** Runs the command with a PATH on which there is this h2spec, or none. */
async function run(t: TestContext, h2spec: string | null, ...args: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'cellgate-test-'));
  t.onTestFinished(() => rmSync(directory, { recursive: true }));
  if (h2spec !== null) writeFileSync(join(directory, 'h2spec'), h2spec, { mode: 0o755 });
  // Certificates are made by a program that is looked for there, too.
  const path = h2spec === null ? directory : `${directory}:${process.env['PATH']}`;
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, PATH: path } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const [code] = await once(child, 'close');
  return { code, said };
}

test('h2spec is run in its strict mode against a router that serves, in clear and over TLS', async (t) => {
  const { code, said } = await run(t, FAKE);
  assert.deepEqual(said.trim().split('\n'), [
    'HTTP/2 in clear:',
    '--strict -h localhost -o 3 -p PORT 200',
    '1000',
    'HTTP/2 over TLS:',
    '--strict -h localhost -o 3 -p PORT -t -k 200',
    '1000',
  ]);
  assert.equal(code, 0);
});

test('sections are passed on, and what fails on one of the ports fails the command', async (t) => {
  for (const section of ['fails/clear', 'fails/tls']) {
    const { code, said } = await run(t, FAKE, 'http2/5.1', section);
    assert.match(said, new RegExp(`-p PORT http2/5.1 ${section} 200[^]*-t -k http2/5.1 ${section} 200`));
    assert.equal(code, 1, section);
  }
});

test('who has no h2spec is told how to get it', async (t) => {
  const { code, said } = await run(t, null);
  assert.match(said, /not on the PATH.*summerwind\/h2spec.*go install /s);
  assert.equal(code, 2);
});
