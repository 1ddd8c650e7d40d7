import { z } from 'zod';
import { BALANCING_ALGORITHMS } from './balancing-algorithms.ts';
import { certificates, choice, complaining, flag, integer, privateKey, texts } from './field.ts';
import { anyCount } from './lenient.ts';

/** Which endpoint a request goes to, and the connections to it. */
export const balancingKeys = {
  balancing_algorithm: complaining(
    choice(BALANCING_ALGORITHMS, 'For routes that ask for none.', 'round-robin'),
    'Invalid load balancing algorithm',
  ),
  balancing_algorithm_az_preference: complaining(
    choice(
      ['none', 'locally-optimistic'],
      "Whether endpoints of the router's own `zone` are taken first.",
      'none',
    ),
    'Invalid load balancing AZ preference',
  ),
  hash_lookup_table_size: integer(
    3,
    65_521,
    'Slots of the table of the `hash` algorithm; made a prime number by going up.',
    3001,
  ),
  sticky_session_cookie_names: texts(
    'cookie names',
    'Cookies of applications that begin a sticky session, also with `__Host-` before them.',
    ['JSESSIONID'],
  ),
  sticky_sessions_for_auth_negotiate: flag(
    'Whether `Authorization: Negotiate` begins a sticky session.',
    false,
  ),
  secure_cookies: flag("Whether the router's own cookies are always `Secure`.", false),
  disable_keep_alives: flag('Whether every request to an endpoint gets a connection of its own.', {
    gorouter: true,
    recommended: false,
  }),
  max_idle_conns: anyCount('Idle connections kept per endpoint; 0: no limit of this kind.', 100),
  max_idle_conns_per_host: anyCount(
    'The same again, in the words of Go: the smaller one counts. 0 counts as 2.',
    { gorouter: 2, recommended: 100 },
  ),
  backends: z.object({
    max_attempts: anyCount('Endpoints tried per request; 0 counts as 1.', { gorouter: 0, recommended: 3 }),
    max_conns: anyCount('Requests that await the response of one endpoint, over all threads; 0: no limit.', {
      gorouter: 0,
      recommended: 500,
    }),
    cert_chain: certificates('Certificate shown to endpoints.'),
    private_key: privateKey("The certificate's key."),
  }),
};
