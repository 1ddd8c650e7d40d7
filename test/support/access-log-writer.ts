import { workerData } from 'node:worker_threads';
import { AccessLogFile } from '../../src/telemetry/access-log.ts';

/** A thread that writes its lines, closes its log and is done. */
export interface AccessLogWriterData {
  readonly path: string;
  readonly name: string;
  readonly lines: number;
  readonly length: number;
  /** Ends the thread as soon as the log is closed, instead of when there is nothing left to do. */
  readonly exit: boolean;
}

const { path, name, lines, length, exit } = workerData as AccessLogWriterData;
const log = new AccessLogFile(path, () => {
  throw new Error('lines were dropped');
});
for (let line = 0; line < lines; line++) {
  log.write(`${name} ${line} ${'\xe9'.repeat(length)}`);
  if (line % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
}
const closed = log.close();
if (exit) closed.then(() => process.exit(0));
