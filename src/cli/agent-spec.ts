import { type CommandSpec, HELP_OPTION } from './command-spec.ts';

/** Where route-registrar looks. */
export const DEFAULT_AGENT_FILE = 'registrar_settings.yml';

export const AGENT: CommandSpec = {
  name: 'agent',
  operands: '[drain ROUTE | undrain ROUTE | status]',
  meaning: 'announce the routes of what runs on this machine',
  details: `In the place of route-registrar: the same file, the same options (docs/agent.md). A route is announced as long as
its checks pass; SIGTERM, SIGINT and SIGQUIT take all routes back and end with 0.

With --docker it announces containers by their labels, and needs no file:

  cellgate agent --docker
  docker run -d --label cellgate.route=app.localhost --label cellgate.port=8080 IMAGE

drain    unregisters a route, and ends with 0 when its application may stop. ROUTE is its name or one of its uris.
undrain  takes that back.
status   prints what the agent knows of its routes, a line of JSON for each.

These ask the agent that runs with the same --state-dir. SIGUSR1 drains all routes and then ends the agent, SIGUSR2 ends
it and leaves the routes, SIGHUP reads dynamic_config_globs at once.

Ends with 1 when it fails, and with 64 when the command line is wrong.`,
  options: [
    {
      names: ['--configPath', '-c', '--config'],
      value: 'FILE',
      meaning: `configuration, in JSON or YAML (default ${DEFAULT_AGENT_FILE})`,
    },
    { names: ['-pidfile', '--pid-file'], value: 'FILE', meaning: 'where to write the number of the process' },
    { names: ['-logLevel'], value: 'LEVEL', meaning: 'debug, info, error or fatal (default info)' },
    { names: ['-timeFormat'], value: 'FORMAT', meaning: 'unix-epoch or rfc3339 (default unix-epoch)' },
    {
      names: ['--handover'],
      value: null,
      meaning: 'take over from the agent that runs: it ends, and takes no route back',
    },
    {
      names: ['--state-dir'],
      value: 'DIR',
      meaning: "for the socket of orders (default: the user's state folder)",
    },
    {
      names: ['--agent-port'],
      value: '[HOST:]PORT',
      meaning: "answer HAProxy's agent-check there (default host 127.0.0.1)",
    },
    {
      names: ['--docker'],
      value: null,
      meaning: 'announce containers by their labels; a file is read only if one is named',
    },
    {
      names: ['--docker-socket'],
      value: 'PATH',
      meaning: "of Docker or Podman, or tcp://HOST:PORT (default: DOCKER_HOST, else Docker's, else Podman's)",
    },
    {
      names: ['--bus'],
      value: 'URL',
      meaning: "with --docker, for what no file says: the routers' bus (default nats://127.0.0.1:4222)",
    },
    {
      names: ['--host'],
      value: 'HOST',
      meaning: 'at which routers on other machines reach published ports (default: routers are on this one)',
    },
    {
      names: ['--domain'],
      value: 'PATTERN',
      meaning:
        'what containers may announce: host, *.host, tcp:PORT or tcp:PORT-PORT (repeatable; default: all)',
    },
    HELP_OPTION,
  ],
};
