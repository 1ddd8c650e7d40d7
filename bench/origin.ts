import { fileURLToPath } from 'node:url';
import { answer } from './answer.ts';
import { type Bed, LOAD_CORE } from './bed.ts';
import { findProgram } from './find-program.ts';
import { freePorts } from './free-ports.ts';
import { nginxConfig } from './nginx-config.ts';
import { BODY, HOST } from './target.ts';

/** Starts the cheapest server at hand that answers every GET with the body; returns its port. */
export async function startOrigin(bed: Bed): Promise<number> {
  const [port] = (await freePorts(1)) as [number];
  const nginx = findProgram('nginx');
  const daemon = nginx
    ? bed.start('origin', LOAD_CORE, nginx, nginxArguments(bed, port))
    : bed.start('origin', LOAD_CORE, process.execPath, [
        fileURLToPath(new URL('./origin-process.ts', import.meta.url)),
        String(port),
      ]);
  await answer(daemon, { port, host: HOST });
  return port;
}

function nginxArguments(bed: Bed, port: number): string[] {
  const http = `
  access_log off;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 "${BODY}"; }
  }`;
  return ['-e', 'stderr', '-c', bed.write('origin.conf', nginxConfig(bed.directory, 'origin', http))];
}
