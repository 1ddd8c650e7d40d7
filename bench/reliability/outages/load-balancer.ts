import { readFileSync } from 'node:fs';
import { ANY_CORE } from '../../bed.ts';
import { CannotStart } from '../../cannot-start.ts';
import { findProgram } from '../../find-program.ts';
import { freePorts } from '../../free-ports.ts';
import { reach } from '../../registrar.ts';
import type { Site } from '../figure.ts';
import type { RestartedRouter } from './restarted-router.ts';

const SHIPPED = new URL('../../../deploy/haproxy.cfg', import.meta.url);

/** `%ac/%fc/%bc/%sc/%rc %sq/%bq` of a line of `option httplog`, with at least one connection or request made again. */
const MADE_AGAIN = / \d+\/\d+\/\d+\/\d+\/\+?[1-9]\d* \d+\/\d+ /;

export interface LoadBalancer {
  readonly port: number;
  /** Connections and requests that it made again, to the same router or to the other. */
  madeAgain(): number;
}

/** HAProxy with the configuration that Cellgate ships, other addresses apart; resolves when it takes connections. */
export async function startLoadBalancer(
  { bed }: Site,
  routers: readonly RestartedRouter[],
): Promise<LoadBalancer> {
  const program = findProgram('haproxy');
  if (program === undefined) throw new CannotStart('haproxy is not installed: apt-get install haproxy');
  const [port] = (await freePorts(1)) as [number];
  const servers = routers.map(
    (router, at) => `  server router-${at} 127.0.0.1:${router.port} check port ${router.statusPort}`,
  );
  let text = replaced(readFileSync(SHIPPED, 'utf8'), /^ {2}bind :80$/m, `  bind 127.0.0.1:${port}`);
  text = replaced(text, /^ {2}server router-0 .*$/m, servers.join('\n'));
  // What went well is not told.
  text = replaced(text, /^ {2}option httplog$/m, '  option httplog\n  option dontlog-normal');
  const daemon = bed.start('haproxy', ANY_CORE, program, ['-db', '-f', bed.write('haproxy.cfg', text)]);
  (await reach(daemon, port)).destroy();
  return {
    port,
    madeAgain: () =>
      readFileSync(daemon.output, 'utf8')
        .split('\n')
        .filter((line) => MADE_AGAIN.test(line)).length,
  };
}

function replaced(text: string, line: RegExp, by: string): string {
  if (!line.test(text)) throw new CannotStart(`deploy/haproxy.cfg has no ${line}`);
  return text.replace(line, by);
}
