// An application to look at: says which one answered. PORT and NAME come from the environment, as on a platform.
import { createServer } from 'node:http';

const { PORT = '3000', NAME = 'app', HOST = '127.0.0.1' } = process.env;

const server = createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.end(`${NAME}\n`);
});
server.listen(Number(PORT), HOST);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
