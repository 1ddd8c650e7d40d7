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

/** `kill` or `stick`, each answered with how many threads there were for it. */
function listen(path: string): void {
  /** Those that nothing has befallen, oldest first. */
  const workers = new Set<Worker>();
  let last: 'oldest' | 'newest' = 'newest';
  process.on('worker', (worker: Worker) => {
    if (!worker.threadName?.startsWith('proxy-')) return;
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (line: string) => {
      const count = workers.size;
      last = last === 'newest' ? 'oldest' : 'newest';
      const worker = [...workers].at(last === 'newest' ? -1 : 0);
      if (worker !== undefined) workers.delete(worker);
      if (line.startsWith('stick')) channel.postMessage(worker?.threadId);
      else void worker?.terminate();
      socket.end(String(count));
    });
  });
  server.listen(path);
  server.unref();
}
