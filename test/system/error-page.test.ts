import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';

function template(t: TestContext, text: string): string {
  const path = join(temporaryDirectory(t), 'error.html');
  writeFileSync(path, text);
  return path;
}

async function refusal(t: TestContext, path: string): Promise<string> {
  const process = CellgateProcess.router(t, { html_error_template_file: path });
  assert.deepEqual(await process.exited, [1, null]);
  return process.stderr;
}

test('§3.2 html_error_template_file is what errors of the router look like', async (t) => {
  const page = template(t, '<title>{{ .Status }}</title>\n{{ .Message }}\n');
  const router = CellgateProcess.router(t, { html_error_template_file: page });
  const { http } = await router.started();
  const { body } = await ask(http, get('a.test'));
  assert.equal(body, '<title>404</title>\nRequested route (&#39;a.test&#39;) does not exist.\n');
});

test('§3.2 an HTML error template that cannot be read ends the start', async (t) => {
  const path = join(temporaryDirectory(t), 'missing.html');
  assert.match(
    await refusal(t, path),
    new RegExp(
      `Could not read HTML error template file: open ${RegExp.escape(path)}: no such file or directory\n$`,
    ),
  );
});

test('§3.2 an HTML error template with a fault ends the start with its line', async (t) => {
  const path = template(t, '<p>\n{{ .Nothing }}\n');
  const said = await refusal(t, path);
  assert.match(
    said,
    new RegExp(`html_error_template_file ${RegExp.escape(path)}, line 2: there is no \\.Nothing`),
  );
});

test('§3.15 a health check is answered 200, and 503 once the router drains', async (t) => {
  const router = CellgateProcess.router(t, { drain_wait: '60s' });
  const { http } = await router.started();
  const check = 'GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: HTTP-Monitor/1.1\r\n\r\n';
  assert.equal((await ask(http, check)).body, 'ok\n');
  router.kill('SIGUSR1');
  await router.logged('gorouter-draining');
  assert.equal(statusOf(await ask(http, check)), 503);
});
