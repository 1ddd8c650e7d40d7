import type { Contender } from './contender.ts';
import { caddy } from './contenders/caddy.ts';
import { cellgate } from './contenders/cellgate.ts';
import { platform, platformThread } from './contenders/cellgate-platform.ts';
import { contendersFrom } from './contenders/from-environment.ts';
import { haproxy, promptHaproxy } from './contenders/haproxy.ts';
import { nghttpx } from './contenders/nghttpx.ts';
import { nginx } from './contenders/nginx.ts';
import { rival } from './contenders/script.ts';
import { undici } from './contenders/undici.ts';

const RIVALS: readonly Contender[] = [
  rival('fastify', 'fastify-http-proxy.js', '@fastify/http-proxy'),
  rival('fast-proxy', 'fast-proxy.js', 'fast-proxy'),
  rival('httpxy', 'httpxy.js', 'httpxy'),
  rival('http-proxy', 'http-proxy.js', 'http-proxy'),
];

/** Those of this project, and then those that the environment names. */
export function contenders(environment: NodeJS.ProcessEnv): readonly [Contender[], guests: Contender[]] {
  const own = [
    cellgate,
    platform,
    platformThread,
    haproxy,
    promptHaproxy,
    nginx,
    caddy,
    nghttpx,
    undici,
    ...RIVALS,
  ];
  return [own, contendersFrom(environment)];
}
