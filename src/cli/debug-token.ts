import { askAdmin } from './admin-client.ts';
import type { CheckOutput } from './check.ts';
import type { DebugTokenCommand } from './debug-token-arguments.ts';
import { printable, printableJson } from './printable.ts';

/** Prints a token for X-Cellgate-Debug; the exit code. */
export async function debugToken(
  { address, lasts, json }: DebugTokenCommand,
  { out, error }: CheckOutput,
): Promise<number> {
  const reply = await askAdmin(address, 'POST', '/v1/debug-tokens', { for_ms: lasts });
  if (reply.kind === 'failure') {
    error(reply.sentence);
    return 1;
  }
  out(json ? `${printableJson(reply.value)}\n` : `${printable(String(reply.value['token']))}\n`);
  return 0;
}
