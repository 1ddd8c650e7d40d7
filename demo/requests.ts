import { get } from 'node:http';

/** How often somebody asks, so that there is something to see and to judge. Milliseconds. */
const INTERVAL = 25;

/** What a visitor gets, until `stop`. */
export interface Visits {
  stop(): void;
}

/** Asks for the host again and again, at the load balancer or at a router. */
export function visit(port: number, host: string): Visits {
  const timer = setInterval(() => {
    const request = get({ port, host: '127.0.0.1', headers: { Host: host } }, (response) =>
      response.resume(),
    );
    // Nobody is there yet, or any more.
    request.on('error', () => {});
  }, INTERVAL);
  return { stop: () => clearInterval(timer) };
}

/** Resolves once the host is answered by an application. */
export async function answered(port: number, host: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if ((await statusOf(port, host)) === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function statusOf(port: number, host: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', headers: { Host: host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', () => resolve(0));
  });
}
