/** Fastify's proxy. Usage: fastify-http-proxy.js PORT ORIGIN_PORT */
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

const [port, originPort] = process.argv.slice(2);
const server = fastify({ logger: false });
server.register(httpProxy, {
  upstream: `http://127.0.0.1:${originPort}`,
  undici: { connections: 128, pipelining: 1 },
});
await server.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });
