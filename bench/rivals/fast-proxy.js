/** fast-proxy with its undici client. Usage: fast-proxy.js PORT ORIGIN_PORT */
import { createServer } from 'node:http';
import fastProxy from 'fast-proxy';

const [port, originPort] = process.argv.slice(2);
const { proxy } = fastProxy({
  base: `http://127.0.0.1:${originPort}`,
  undici: { connections: 128, pipelining: 1 },
});
createServer((request, response) => proxy(request, response, request.url, {})).listen({
  port: Number(port),
  host: '127.0.0.1',
  backlog: 4096,
});
