import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answer } from './answer.ts';
import { type Bed, LOAD_CORE } from './bed.ts';
import { findProgram } from './find-program.ts';
import { freePorts } from './free-ports.ts';
import { nginxConfig } from './nginx-config.ts';
import { BODY, SIZES } from './target.ts';

const SCRIPT = fileURLToPath(new URL('./origin-process.ts', import.meta.url));

/** `cheapest` answers GETs of one body or of `SIZES`; `versatile` does all that `origin-process.ts` can. */
export type OriginKind = 'cheapest' | 'versatile';

/** Starts a server for the proxies to ask; returns its port. */
export async function startOrigin(bed: Bed, kind: OriginKind, label = 'origin'): Promise<number> {
  const [port] = (await freePorts(1)) as [number];
  const nginx = kind === 'cheapest' ? findProgram('nginx') : undefined;
  const daemon = nginx
    ? bed.start(label, LOAD_CORE, nginx, nginxArguments(bed, port, label))
    : bed.start(label, LOAD_CORE, process.execPath, [SCRIPT, String(port)]);
  await answer(daemon, { listener: 'http', port });
  return port;
}

function nginxArguments(bed: Bed, port: number, label: string): string[] {
  for (const [path, bytes] of Object.entries(SIZES)) {
    writeFileSync(join(bed.directory, path), Buffer.alloc(bytes, 'x'));
  }
  const http = `
  access_log off;
  sendfile on;
  open_file_cache max=16;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${bed.directory};
    location = / { return 200 "${BODY}"; }
  }`;
  return ['-e', 'stderr', '-c', bed.write(`${label}.conf`, nginxConfig(bed.directory, label, http))];
}
