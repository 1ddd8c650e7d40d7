import type { SyslogOptions } from '../../telemetry/syslog-message.ts';
import type { SyslogBatch } from '../../telemetry/syslog-relay.ts';
import { SyslogStream } from '../../telemetry/syslog-stream.ts';
import type { Part } from './part.ts';
import { checkSyslog } from './syslog-check.ts';

/** Where the access log is streamed to: over TCP one connection for all threads, over UDP they send themselves. */
export class SyslogPart implements Part {
  readonly name = 'syslog';
  readonly #options: SyslogOptions | null;
  readonly #onDropped: (lines: number) => void;
  #stream: SyslogStream | null = null;

  /** @param options null: it is not streamed */
  constructor(options: SyslogOptions | null, onDropped: (lines: number) => void) {
    this.#options = options;
    this.#onDropped = onDropped;
  }

  /** @throws {StartError} where there is no server */
  async start(): Promise<void> {
    const options = this.#options;
    if (options === null) return;
    await checkSyslog(options);
    if (options.network.startsWith('tcp')) this.#stream = new SyslogStream(options, this.#onDropped);
  }

  /** From the threads, in the order in which they come. */
  send(batch: SyslogBatch): void {
    if (this.#stream === null) this.#onDropped(batch.lines);
    else this.#stream.send(batch);
  }

  /** After the threads. */
  async stop(): Promise<void> {
    await this.#stream?.close();
  }
}
