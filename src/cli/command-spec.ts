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

export const HELP_OPTION: OptionSpec = { names: ['--help', '-h'], value: null, meaning: 'show this' };

/** Of the router, and of commands that read what it would. */
export const CONFIG_OPTION: OptionSpec = {
  names: ['-c', '--config'],
  value: 'FILE',
  meaning: "configuration, in gorouter's YAML (docs/configuration.md)",
};

/** Of all commands that ask a router that runs. */
export const ADMIN_OPTIONS: readonly OptionSpec[] = [
  {
    names: ['--admin'],
    value: 'URL',
    meaning: 'its admin address: http://HOST:PORT, https://HOST:PORT or unix:PATH (or CELLGATE_ADMIN)',
  },
  {
    names: ['--token'],
    value: 'TOKEN|@FILE',
    meaning: 'who asks; other users see a command line, so rather @FILE, or CELLGATE_TOKEN',
  },
];
