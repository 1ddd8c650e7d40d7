import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { type NatsServer, startNatsServer } from './nats-server.ts';

/** A nats-server with JetStream that can be killed and started again with what it has kept. */
export class JetStreamServer {
  readonly #folder: string;
  #server: NatsServer;

  /** @param configuration what is to stand in its file */
  static async start(t: TestContext, configuration = ''): Promise<JetStreamServer> {
    const folder = mkdtempSync(join(tmpdir(), 'cellgate-jetstream-'));
    const file = join(folder, 'nats-server.conf');
    writeFileSync(file, configuration);
    const args = ['-js', '-sd', folder, ...(configuration === '' ? [] : ['-c', file])];
    const server = new JetStreamServer(folder, await startNatsServer({ args }));
    t.onTestFinished(async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    return server;
  }

  private constructor(folder: string, server: NatsServer) {
    this.#folder = folder;
    this.#server = server;
  }

  get port(): number {
    return this.#server.port;
  }

  async kill(): Promise<void> {
    await this.#server.close();
  }

  /** On the port it had. @param more of the command line */
  async startAgain(args = ['-js', '-sd', this.#folder]): Promise<void> {
    this.#server = await startNatsServer({ port: this.#server.port, args });
  }

  /** Without what it had kept. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
