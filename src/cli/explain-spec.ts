import { ADMIN_OPTIONS, type CommandSpec, HELP_OPTION } from './command-spec.ts';

export const EXPLAIN: CommandSpec = {
  name: 'explain',
  operands: 'URL | --id REQUEST-ID',
  meaning: 'say where a request would go, and why',
  details: `Asks the functions that route, and changes nothing. The URL is sent as it is written.

  cellgate explain https://shop.example.com/cart
  cellgate explain -H 'Cookie: JSESSIONID=1; __VCAP_ID__=a1' --at all shop.example.com

With --id it says what really happened to a request that failed, was tried again, took more than a second or had a
debug token, of the last ones on all routers that share the bus and cellgate.bus_key; others are named. Ids are those
of X-Vcap-Request-Id. Ends with 3 when no router has it, and with 1 when one of them could not be asked.

Ends with 0 when the request goes to an endpoint, 3 when there is no route for it, 4 when it is refused by a rule,
5 when no endpoint can have it, 1 when no router answers, and 64 when the command line is wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['-X', '--method'], value: 'METHOD', meaning: 'the method (default GET)' },
    { names: ['-H', '--header'], value: 'NAME: VALUE', meaning: 'a header line; may be repeated' },
    { names: ['--client-ip'], value: 'ADDRESS', meaning: 'of the client (default 127.0.0.1)' },
    { names: ['--tls'], value: null, meaning: 'over TLS, as with https://' },
    { names: ['--sni'], value: 'NAME', meaning: 'the name in the TLS handshake (default: the host)' },
    {
      names: ['--at'],
      value: 'ROUTER|all',
      meaning: 'on another router, by the beginning of its id, or on all',
    },
    { names: ['--id'], value: 'REQUEST-ID', meaning: 'of a request that was made, in the place of a URL' },
    { names: ['--json'], value: null, meaning: 'print JSON' },
    HELP_OPTION,
  ],
};
