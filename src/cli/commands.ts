import { BALANCING_ALGORITHMS } from '../config/schema/balancing-algorithms.ts';

export interface OptionSpec {
  /** All spellings, the one for messages first. */
  readonly names: readonly [string, ...string[]];
  /** What the value stands for; null when the option takes none. */
  readonly value: string | null;
  readonly meaning: string;
}

export interface CommandSpec {
  /** What follows `cellgate`; empty for the router itself. */
  readonly name: string;
  readonly operands: string;
  readonly meaning: string;
  readonly details: string;
  readonly options: readonly OptionSpec[];
}

const HELP_OPTION: OptionSpec = { names: ['--help', '-h'], value: null, meaning: 'show this' };

const CONFIG_OPTION: OptionSpec = {
  names: ['-c', '--config'],
  value: 'FILE',
  meaning: "configuration, in gorouter's YAML (docs/configuration.md)",
};

export const ROUTER: CommandSpec = {
  name: '',
  operands: '',
  meaning: 'run the router',
  details: `Without a file the router listens on this machine only and serves its own NATS bus, so that
applications can be registered at once:

  cellgate register app.localhost 127.0.0.1:3000`,
  options: [CONFIG_OPTION, { names: ['--version'], value: null, meaning: 'show the version' }, HELP_OPTION],
};

export const REGISTER: CommandSpec = {
  name: 'register',
  operands: 'ROUTE... HOST:PORT',
  meaning: 'announce routes to an application until stopped',
  details: `Registers every ROUTE (host[/path], *.host) for the application at HOST:PORT, repeats that as
heartbeats, and unregisters when it is told to stop (Ctrl-C).`,
  options: [
    {
      names: ['--bus'],
      value: 'nats://[USER:PASS@]HOST:PORT',
      meaning: 'the bus to announce on (default nats://127.0.0.1:4222)',
    },
    { names: ['--app'], value: 'GUID', meaning: 'the application' },
    { names: ['--instance-id'], value: 'ID', meaning: 'the instance, for sticky sessions' },
    { names: ['--index'], value: 'N', meaning: "the instance's number" },
    { names: ['--tag'], value: 'KEY=VALUE', meaning: 'a tag; may be repeated' },
    {
      names: ['--loadbalancing'],
      value: 'ALGORITHM',
      meaning: `how the routes' load is spread: ${BALANCING_ALGORITHMS.join(', ')}`,
    },
    {
      names: ['--interval'],
      value: 'SECONDS',
      meaning: 'time between heartbeats, 1 or more (default: what the router asks for, else 20)',
    },
    HELP_OPTION,
  ],
};

export const CHECK: CommandSpec = {
  name: 'check',
  operands: '',
  meaning: 'check a configuration and print what it means',
  details: `Ends with 1, and every problem on the standard error, when the router would not start with it. Otherwise
ends with 0 and prints the configuration in force, defaults included, as YAML. Secrets are hidden.`,
  options: [CONFIG_OPTION, HELP_OPTION],
};

export const HELP: CommandSpec = {
  name: 'help',
  operands: '[COMMAND]',
  meaning: 'explain a command',
  details: '',
  options: [HELP_OPTION],
};

export const COMMANDS: readonly CommandSpec[] = [REGISTER, CHECK, HELP];
