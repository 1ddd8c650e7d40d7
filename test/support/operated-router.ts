import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { Addresses } from '../../src/runtime/parts/addresses.ts';
import { CellgateProcess, temporaryDirectory } from './cellgate-process.ts';
import { freePort } from './free-port.ts';
import { ask, get, statusOf } from './raw-http.ts';

const OPERATOR = { name: 'ops', secret: 'operator-secret-0123456789', rights: ['read', 'operate'] };
export const READER = { name: 'eve', secret: 'reader-secret-0123456789', rights: ['read'] };

/** A router as its users start it, with its state in a folder, and the commands of an operator. */
export class OperatedRouter {
  readonly process: CellgateProcess;
  readonly addresses: Addresses;
  readonly #t: TestContext;
  readonly #admin: string;

  /** @param more under `cellgate` @param top beside it */
  static async start(
    t: TestContext,
    folder: string,
    more: object = {},
    top: object = {},
  ): Promise<OperatedRouter> {
    const port = await freePort();
    const cellgate = { state_dir: folder, admin: { port, tokens: [OPERATOR, READER] }, ...more };
    const process = CellgateProcess.router(t, { ...top, cellgate });
    return new OperatedRouter(t, process, await process.started(), `http://127.0.0.1:${port}`);
  }

  private constructor(t: TestContext, process: CellgateProcess, addresses: Addresses, admin: string) {
    this.#t = t;
    this.process = process;
    this.addresses = addresses;
    this.#admin = admin;
  }

  /** `cellgate table`; what it printed, and its exit code. */
  async run(args: readonly string[], token = OPERATOR.secret) {
    const env = { CELLGATE_ADMIN: this.#admin, CELLGATE_TOKEN: token };
    const command = new CellgateProcess(this.#t, ['table', ...args], undefined, env);
    const [code] = await command.exited;
    return { code, out: command.stdout, error: command.stderr };
  }

  /** Repeated until the store of decisions is known to be this router's alone. */
  async import(file: string, ...more: string[]) {
    for (;;) {
      const result = await this.run(['import', file, ...more]);
      if (!/: try again\n$/.test(result.error)) return result;
    }
  }

  /** The live table, a text of JSON for each line. */
  async exported(): Promise<string[]> {
    const { code, out, error } = await this.run(['export']);
    assert.deepEqual([code, error], [0, '']);
    return out
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(line.indexOf('{')));
  }

  async status(host: string): Promise<number> {
    return statusOf(await ask(this.addresses.http, get(host)));
  }

  async until(host: string, status: number): Promise<void> {
    while ((await this.status(host)) !== status);
  }

  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    await this.process.exited;
  }
}

/** A table written by hand; its path. */
export function tableOf(t: TestContext, lines: readonly (object | string)[]): string {
  const path = join(temporaryDirectory(t), 'new.table');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(path, `${text.join('\n')}\n`);
  return path;
}

export function endpoint(uri: string, port: number, more: object = {}): object {
  return { uris: [uri], host: '127.0.0.1', port, ...more };
}

/** Of the endpoint of an HTTP route, among exported lines. */
export function sayingOf(lines: readonly string[], uri: string): Record<string, unknown> {
  return lines.map((line) => JSON.parse(line)).find(({ uris }) => uris?.[0] === uri);
}
