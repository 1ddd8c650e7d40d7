import { HTTP_2, HttpEngine } from './http-engine.ts';
import type { Http2Backend } from './http2-backend.ts';

/** An engine that speaks HTTP/2 on both sides and leads `app.test` to this backend. `settings` as of `HttpEngine`. */
export async function http2Engine(
  t: { onTestFinished(done: () => unknown): void },
  { port }: Pick<Http2Backend, 'port'>,
  settings: Parameters<typeof HttpEngine.start>[1] = {},
): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { http2: HTTP_2, ...settings });
  engine.routeToEndpoint('app.test', { host: '127.0.0.1', port, protocol: 'http2' });
  return engine;
}
