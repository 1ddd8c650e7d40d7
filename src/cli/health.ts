import { Client } from 'undici';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import type { HealthCommand } from './health-arguments.ts';

/** Of the whole question. Milliseconds. */
const PATIENCE = 3_000;

interface HealthOutput {
  /** Text that ends with a newline. */
  out(text: string): void;
  /** One sentence. */
  error(sentence: string): void;
}

/** Asks a router how it is; the exit code. */
export async function health(command: HealthCommand, output: HealthOutput): Promise<number> {
  const url = command.url ?? addressIn(command.configFile, output);
  if (url === null) return 1;
  const trouble = await troubleAt(url);
  if (trouble === null) output.out('healthy\n');
  else output.error(trouble);
  return trouble === null ? 0 : 1;
}

/** Null: there is none, which has been said. */
function addressIn(configFile: string | null, { error }: HealthOutput): URL | null {
  const read = readConfig(configFile);
  if (!read.ok) {
    for (const problem of read.problems) error(`Error loading config: ${problem}`);
    return null;
  }
  const url = healthUrl(read.config);
  if (url === null)
    error('the configuration has no health address of its own to ask: name one with --url URL');
  return url;
}

/** Where a router with this configuration can be asked on its own machine; null: nowhere that is known beforehand. */
function healthUrl({ status }: Config): URL | null {
  if (status.enable_nontls_health_checks && status.port !== 0) {
    return new URL(`http://${localName(status.host)}:${status.port}/health`);
  }
  if (status.tls.certificate !== '' && status.tls.port !== 0) {
    return new URL(`https://127.0.0.1:${status.tls.port}/health`);
  }
  return null;
}

/** What listens on all addresses answers on loopback. */
function localName(host: string): string {
  if (host === '' || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Null: it is healthy; else a sentence. */
async function troubleAt(url: URL): Promise<string | null> {
  // The certificate is for names that load balancers know the machine by; nothing is told to whoever answers.
  const client = new Client(url.origin, { connect: { rejectUnauthorized: false } });
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const { statusCode, body } = await client.request({
      method: 'GET',
      path: url.pathname + url.search,
      signal,
    });
    await body.dump();
    if (statusCode === 200) return null;
    return statusCode === 503
      ? 'not healthy: it has only begun to start, or drains'
      : `what answers at ${url.href} is no health address (status ${statusCode}): name another with --url URL`;
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    const cause = name === 'TimeoutError' ? `within ${PATIENCE / 1000} s` : `(${code ?? name})`;
    return `no answer at ${url.href} ${cause}: is the router running, and is this its health address?`;
  } finally {
    await client.destroy();
  }
}
