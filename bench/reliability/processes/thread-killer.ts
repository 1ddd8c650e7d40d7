/**
 * Loaded into a router before its own code, and into each of its threads (`--import`): ends proxy threads, or makes
 * them stand still, when it is told to over a socket. The router knows nothing of it.
 */
import { createServer } from 'node:net';
import { BroadcastChannel, isMainThread, threadId, type Worker } from 'node:worker_threads';

const channel = new BroadcastChannel('thread-killer');
channel.unref();
if (isMainThread) listen(process.env['THREAD_KILLER_SOCKET']!);
else {
  channel.onmessage = (event) => {
    if ((event as { data: unknown }).data !== threadId) return;
    for (;;);
  };
}

/** `kill` or `stick`, each answered with how many threads there were. */
function listen(path: string): void {
  const workers = new Set<Worker>();
  let killed = 0;
  process.on('worker', (worker: Worker) => {
    if (!worker.threadName?.startsWith('proxy-')) return;
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (line: string) => {
      const count = workers.size;
      const worker = [...workers][killed++ % Math.max(1, count)];
      if (line.startsWith('stick')) channel.postMessage(worker?.threadId);
      else void worker?.terminate();
      socket.end(String(count));
    });
  });
  server.listen(path);
  server.unref();
}
