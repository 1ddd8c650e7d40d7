/** http-proxy with the keep-alive agent that its users are told to give it. Usage: http-proxy.js PORT ORIGIN_PORT */
import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';

const [port, originPort] = process.argv.slice(2);
const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${originPort}`,
  agent: new Agent({ keepAlive: true, maxSockets: 256 }),
  xfwd: true,
});
proxy.on('error', (_error, _request, response) => response.destroy());
createServer((request, response) => proxy.web(request, response)).listen({
  port: Number(port),
  host: '127.0.0.1',
  backlog: 4096,
});
