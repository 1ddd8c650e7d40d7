import { z } from 'zod';
import { ok, problem } from '../../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../../admin/api.ts';
import { decodeBody } from '../../admin/decode-body.ts';
import { LONGEST_DEBUG_MS, signDebugToken } from '../../http/policy/debug-token.ts';

/** A second is the least that a token tells apart. */
const ASKED = z.strictObject({
  for_ms: z
    .int()
    .min(1000, 'allowed: 1000 to 3600000')
    .max(LONGEST_DEBUG_MS, 'allowed: 1000 to 3600000')
    .default(LONGEST_DEBUG_MS),
});

/** Makes debug tokens. @param key as it is configured now; empty: there is none */
export function debugTokenRoute(key: () => string): AdminRoute {
  return {
    method: 'POST',
    path: '/v1/debug-tokens',
    right: 'debug',
    handler({ body }: AdminRequest) {
      const asked = decodeBody(ASKED, body);
      if (!asked.ok) return asked.problem;
      if (key() === '') {
        return problem(
          409,
          'no-debug-key',
          'cellgate.debug_key is not configured, and signs the tokens',
          'set it to at least 32 bytes of your own, the same in all routers, and reload them',
        );
      }
      const until = Math.floor((Date.now() + asked.value.for_ms) / 1000) * 1000;
      return ok({ token: signDebugToken(key(), until), until });
    },
  };
}
