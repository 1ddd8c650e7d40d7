import { AGENT } from './agent-spec.ts';
import { CHECK } from './check-spec.ts';
import {
  ADMIN_OPTIONS,
  CONFIG_OPTION,
  type CommandSpec,
  HELP_OPTION,
  type OptionSpec,
} from './command-spec.ts';
import { CUTOVER } from './cutover-spec.ts';
import { DEBUG_TOKEN } from './debug-token-arguments.ts';
import { ENDPOINT } from './endpoint-spec.ts';
import { EXPLAIN } from './explain-spec.ts';
import { HEALTH } from './health-spec.ts';
import { REGISTER } from './register-spec.ts';
import { SHOW } from './show-spec.ts';
import { TAP } from './tap-spec.ts';

/** Where cf-tcp-router looks. */
export const DEFAULT_TCP_FILE = '/var/vcap/jobs/tcp_router/config/tcp_router.yml';

export const ROUTER: CommandSpec = {
  name: '',
  operands: '',
  meaning: 'run the router',
  details: `Without a file the router listens on this machine only and serves its own NATS bus, so that
applications can be registered at once:

  cellgate register app.localhost 127.0.0.1:3000`,
  options: [
    CONFIG_OPTION,
    { names: ['--port'], value: 'PORT', meaning: 'without a configuration: of HTTP (default 8081)' },
    { names: ['--version', '-v'], value: null, meaning: 'show the version' },
    HELP_OPTION,
  ],
};

export const ROUTERS: CommandSpec = {
  name: 'routers',
  operands: '',
  meaning: 'list the routers that share a bus',
  details: `Asks a router that runs (docs/admin.md): the one named here, or the one that this user has started without a
configuration. Ends with 1 when there is no answer, and with 64 when the command line is wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['--json'], value: null, meaning: 'print JSON, with all that is known' },
    HELP_OPTION,
  ],
};

export const TABLE: CommandSpec = {
  name: 'table',
  operands: 'export | import FILE | diff OLD NEW',
  meaning: 'save, compare and bring route tables',
  details: `export   writes the table of a router that runs, or of a snapshot file, and checks it.
import   makes static routes of a table: --ttl says how long they stay without an agent that announces them. All of
         it, or, where any line is bad, nothing.
diff     says what differs between two tables, each a file or "live". Ages are no difference. Ends with 0 when nothing
         does, with 1 when something does, and with 2 when it cannot tell.

A file is what export writes, or a line of JSON for each endpoint, in the words of router.register (docs/admin.md):

  {"uris": ["app.example.com"], "host": "10.0.0.5", "port": 8080}

export and import end with 1 when they fail. All end with 64 when the command line is wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['--file'], value: 'FILE', meaning: 'export: this snapshot, in the place of a router' },
    { names: ['--output', '-o'], value: 'FILE', meaning: 'export: where to (default: the standard output)' },
    { names: ['--ttl'], value: 'DURATION', meaning: 'import: until the routes go, like 1h; at most 168h' },
    { names: ['--dry-run'], value: null, meaning: 'import: check, and change nothing' },
    { names: ['--json'], value: null, meaning: 'diff: print JSON' },
    HELP_OPTION,
  ],
};

export const SPLIT: CommandSpec = {
  name: 'split',
  operands: 'show [ROUTE] | set ROUTE SELECTOR=WEIGHT... | hold ROUTE | clear ROUTE',
  meaning: 'share the requests of a route out between parts of its endpoints',
  details: `ROUTE is host[/path], or tcp:PORT[/SERVER-NAME].

show   says how they are shared out now, and how many endpoints each part has.
set    shares them out by weights from 0 to 10000, however many instances each part has. Selectors: app:GUID,
       process:ID, tag:NAME=VALUE, instance:ID, addr:IP[:PORT], rest. An endpoint is of the first that selects it;
       one that none selects gets nothing, and neither does a weight of 0 but for requests that name an instance.
       Of a TCP route: instance:, addr: and rest alone, and without --key.
hold   gives what is mapped from now on nothing: the application that has the HTTP route keeps all of it.
       cellgate.hold_new_apps does so for every route, without being asked.
clear  takes that back: all endpoints of the route are alike again.

  cellgate split set shop.example.com app:GREEN=100 app:BLUE=9900 --key cookie:JSESSIONID

It is decided for all routers that share a bus (docs/cutover.md). Ends with 1 when it fails, and with 64 when the
command line is wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    {
      names: ['--key'],
      value: 'KEY',
      meaning: 'set: who stays in their part: none (default), client-ip, user, cookie:NAME, header:NAME',
    },
    {
      names: ['--on-empty'],
      value: 'spill|fail',
      meaning:
        'set: what becomes of requests whose part has no endpoint: others serve them (default), or 502',
    },
    { names: ['--json'], value: null, meaning: 'print JSON' },
    HELP_OPTION,
  ],
};

export const WAIT_ROUTE: CommandSpec = {
  name: 'wait-route',
  operands: 'ROUTE',
  meaning: 'wait until every router has a route',
  details: `ROUTE is host[/path], or tcp:PORT[/SERVER-NAME]. Ends with 0 as soon as all routers that share the bus have an
endpoint for it, with 1 when they have not in time, and with 64 when the command line is wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['--app'], value: 'GUID', meaning: 'an endpoint of this application' },
    { names: ['--timeout'], value: 'DURATION', meaning: 'how long to wait (default 60s)' },
    { names: ['--json'], value: null, meaning: 'print JSON' },
    HELP_OPTION,
  ],
};

/** What concerns HAProxy, and what only Go's runtime has. */
export const IGNORED_TCP_OPTIONS: readonly OptionSpec[] = [
  ['-tcpLoadBalancer', 'NAME'],
  ['-tcpLoadBalancerBaseConfig', 'FILE'],
  ['-tcpLoadBalancerConfig', 'FILE'],
  ['-tcpLoadBalancerStatsUnixSocket', 'PATH'],
  ['-haproxyReloader', 'FILE'],
  ['-statsCollectionInterval', 'DURATION'],
  ['-dropsondePort', 'PORT'],
  ['-debugAddr', 'HOST:PORT'],
].map(([name = '', value = '']) => ({ names: [name], value, meaning: 'accepted, without effect' }));

export const TCP: CommandSpec = {
  name: 'tcp',
  operands: '[check]',
  meaning: 'run a router for TCP alone',
  details: `In the place of cf-tcp-router: the same file, the same options. With "check" it says what is wrong with the file,
or that it is valid; with --print what it means.`,
  options: [
    {
      names: ['-config', '-c'],
      value: 'FILE',
      meaning: `configuration, in cf-tcp-router's YAML (docs/tcp-router.md; default ${DEFAULT_TCP_FILE})`,
    },
    {
      names: ['-subscriptionRetryInterval'],
      value: 'SECONDS',
      meaning: 'until a broken stream of events is opened again (default 5)',
    },
    { names: ['-syncInterval'], value: 'DURATION', meaning: 'between fetches of all routes (default 1m)' },
    {
      names: ['-staleRouteCheckInterval'],
      value: 'DURATION',
      meaning: 'between pruning rounds (default 30s)',
    },
    {
      names: ['-defaultRouteExpiry'],
      value: 'DURATION',
      meaning: 'life of a route without a TTL (default 2m)',
    },
    { names: ['-tokenFetchMaxRetries'], value: 'N', meaning: 'further attempts at a token (default 3)' },
    { names: ['-tokenFetchRetryInterval'], value: 'DURATION', meaning: 'between those (default 5s)' },
    {
      names: ['-tokenFetchExpirationBufferTime'],
      value: 'SECONDS',
      meaning: 'before its end at which a token is renewed (default 30)',
    },
    {
      names: ['-routingGroupCheckExit'],
      value: null,
      meaning: 'do not start where a router group has a port of a system component',
    },
    { names: ['-logLevel'], value: 'LEVEL', meaning: 'debug, info, warn, error or fatal (default info)' },
    { names: ['-timeFormat'], value: 'FORMAT', meaning: 'unix-epoch or rfc3339 (default unix-epoch)' },
    { names: ['--print'], value: null, meaning: 'check: print the configuration in force' },
    ...IGNORED_TCP_OPTIONS,
    HELP_OPTION,
  ],
};

export const HELP: CommandSpec = {
  name: 'help',
  operands: '[COMMAND]',
  meaning: 'explain a command',
  details: '',
  options: [HELP_OPTION],
};

export const VERSION: CommandSpec = {
  name: 'version',
  operands: '',
  meaning: 'show the version',
  details: '',
  options: [HELP_OPTION],
};

export const COMMANDS: readonly CommandSpec[] = [
  TCP,
  AGENT,
  REGISTER,
  ROUTERS,
  TABLE,
  SPLIT,
  CUTOVER,
  ENDPOINT,
  EXPLAIN,
  SHOW,
  TAP,
  DEBUG_TOKEN,
  WAIT_ROUTE,
  HEALTH,
  CHECK,
  VERSION,
  HELP,
];
