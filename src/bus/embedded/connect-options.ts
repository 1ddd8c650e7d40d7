import { z } from 'zod';

/** The fields of CONNECT the bus acts on, with nats-server's defaults; all others are ignored. */
const schema = z.object({
  verbose: z.boolean().default(true),
  pedantic: z.boolean().default(true),
  echo: z.boolean().default(true),
  headers: z.boolean().default(false),
  no_responders: z.boolean().default(false),
  user: z.string().nullish(),
  pass: z.string().nullish(),
  auth_token: z.string().nullish(),
});

export type ConnectOptions = z.infer<typeof schema>;

/** What holds for a client that never sends CONNECT. */
export const DEFAULT_CONNECT_OPTIONS: ConnectOptions = schema.parse({});

/** `undefined` when the text is not JSON, not an object, or a field has the wrong type. */
export function parseConnectOptions(text: string): ConnectOptions | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
