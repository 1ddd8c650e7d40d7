/** httpxy with its defaults, which keep connections. Usage: httpxy.js PORT ORIGIN_PORT */
import { createServer } from 'node:http';
import { createProxyServer } from 'httpxy';

const [port, originPort] = process.argv.slice(2);
const proxy = createProxyServer({ target: `http://127.0.0.1:${originPort}`, xfwd: true });
createServer((request, response) => {
  proxy.web(request, response).catch(() => response.destroy());
}).listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });
