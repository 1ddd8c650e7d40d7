import { z } from 'zod';
import { certificates, list, port, privateKey, REQUIRED, secret, text, texts } from './field.ts';

/** Keys below `cellgate.admin`: where commands and browsers of operators reach the router. */
export const adminKeys = {
  host: text(
    'Address the admin listener binds to; one that is not loopback needs `tokens`, and should have `tls`.',
    '127.0.0.1',
  ),
  port: port('Admin listener; 0: there is none.', 0),
  socket: text('Path of a socket for the same, for its owner alone, who needs no token; empty: none.', ''),
  tokens: list(
    z.object({
      name: text('Whom the audit log names.', REQUIRED),
      secret: secret('What comes after `Authorization: Bearer`: 16 to 256 characters, no blanks.', REQUIRED),
      rights: texts('rights', 'What it allows: `read`, `operate`, `debug`.', []),
    }),
    'tokens',
    'Who may ask there ([the admin address](admin.md)).',
    [],
  ),
  tls: z.object({
    certificate: certificates('Its certificate; empty: no TLS, and off loopback no sessions for browsers.'),
    key: privateKey("The certificate's key."),
  }),
};
