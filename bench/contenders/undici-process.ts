/** node:http in front, undici behind, nothing else done. Usage: undici-process.ts PORT ORIGIN_PORT */
import { createServer } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

const [port, originPort] = process.argv.slice(2);
const pool = new Pool(`http://127.0.0.1:${originPort}`, { connections: 128 });

const server = createServer((request, response) => {
  let proceed = () => {};
  // undici's older handler passes raw headers through; the newer one parses them into an object first.
  const handler: Dispatcher.DispatchHandler = {
    onConnect(abort) {
      // Without it the answer to a client that left would hold its upstream connection for ever.
      response.on('close', () => abort());
    },
    onHeaders(status, headers, resume) {
      proceed = resume;
      response.writeHead(
        status,
        headers.map((part) => part.toString('latin1')),
      );
      return true;
    },
    onData(chunk) {
      if (response.write(chunk)) return true;
      response.once('drain', proceed);
      return false;
    },
    onComplete() {
      response.end();
    },
    onError() {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    },
  };
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  pool.dispatch(
    {
      path: request.url!,
      method: request.method as Dispatcher.HttpMethod,
      headers: request.rawHeaders,
      body: hasBody ? request : null,
    },
    handler,
  );
});
server.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });
