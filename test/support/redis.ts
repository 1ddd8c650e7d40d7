import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';
import { TcpClient } from './tcp-echo.ts';

const REDIS = '/usr/bin/redis-server';

/** Why tests that need it are passed over, or `false`. */
export const noRedis = !existsSync(REDIS) && 'redis-server is not installed';

/** A real redis-server on loopback that keeps nothing, until the test ends. */
export async function startRedis(t: TestContext, ...options: readonly string[]): Promise<void> {
  const redis = spawn(REDIS, ['--bind', '127.0.0.1', '--save', '', ...options]);
  const ended = once(redis, 'close');
  t.onTestFinished(async () => {
    redis.kill('SIGKILL');
    await ended;
  });
  redis.stdout.setEncoding('utf8');
  for await (const text of redis.stdout) if (String(text).includes('Ready to accept')) break;
}

/** Once the port leads to a redis-server: commands one by one and in a pipeline, and a value of many packets. */
export async function talkWithRedis(t: TestContext, port: number): Promise<void> {
  for (;;) {
    t.signal.throwIfAborted();
    const client = new TcpClient(t, port);
    try {
      await client.ask('PING\r\n', '+PONG\r\n');
    } catch {
      continue;
    }
    const value = 'x'.repeat(50_000);
    await client.ask(`SET k ${value}\r\nGET k\r\nINCR n\r\n`, ':1\r\n');
    assert.equal(client.received, `+PONG\r\n+OK\r\n$50000\r\n${value}\r\n:1\r\n`);
    return;
  }
}
