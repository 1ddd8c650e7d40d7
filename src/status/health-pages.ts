import type { Health } from './health.ts';
import type { Page } from './page.ts';

const UNCACHED = { 'Cache-Control': 'private, max-age=0', Expires: '0' };

/** For load balancers: 503 without a body while the router should get no traffic. */
export function healthPage(health: Health): Page {
  return (_request, response) => {
    // gorouter's answer, and behind it what it cannot say.
    if (health.state === 'healthy')
      response.writeHead(200, UNCACHED).end(['ok', ...health.remarks(), ''].join('\n'));
    else response.writeHead(503, UNCACHED).end();
  };
}

/** For supervisors: answers while the process does, also during a drain. */
export const alivePage: Page = (_request, response) => {
  response.writeHead(200, UNCACHED).end('ok\n');
};
