import { parentPort, workerData } from 'node:worker_threads';
import { onPanic } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import { catchTheRest } from '../../boundary/last-net.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import type { EnvelopeBatch } from '../../telemetry/envelope-batch.ts';
import { EnvelopeSender, type FromEnvelopeThread } from '../../telemetry/envelope-sender.ts';
import type { MetronAddress } from '../../telemetry/metron.ts';

/** The thread beside a proxy thread that sends what that one tells Loggregator. */
const proxyThread = parentPort!;

onPanic(({ kind, error }) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say({ kind: 'panic', given: kind, error: text }, []);
});

const sender = new EnvelopeSender(workerData as MetronAddress, say);
on(proxyThread, 'message', ONE_MESSAGE, (batch: EnvelopeBatch) => sender.take(batch));

function say(message: FromEnvelopeThread, transfer: readonly ArrayBuffer[]): void {
  proxyThread.postMessage(message, [...transfer]);
}

// What is out is written off by the proxy thread, which starts another.
catchTheRest({ kind: 'part', panic: () => process.exit(1) });
