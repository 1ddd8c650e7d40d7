import type { CommandSpec } from '../src/cli/command-spec.ts';

export interface ManPage {
  readonly version: string;
  /** What the program is, in one sentence. */
  readonly description: string;
  readonly router: CommandSpec;
  readonly commands: readonly CommandSpec[];
}

/** `cellgate(1)` in the language of man(7), of the same table that help and parsing are made of. */
export function manPage({ version, description, router, commands }: ManPage): string {
  return [
    `.TH CELLGATE 1 "" "cellgate ${version}" "User Commands"`,
    '.SH NAME',
    `cellgate \\- ${plain(uncapitalised(description.replace(/\.$/, '')))}`,
    '.SH SYNOPSIS',
    ...[router, ...commands].flatMap(({ name, operands }) => [
      `.B cellgate${name === '' ? '' : ` ${plain(name)}`}`,
      plain(['[OPTIONS]', operands].join(' ').trim()),
      '.br',
    ]),
    '.SH DESCRIPTION',
    ...details(router),
    '.SH OPTIONS',
    ...options(router),
    '.SH COMMANDS',
    ...commands.flatMap((command) => [
      `.SS ${plain(`cellgate ${command.name} ${command.operands}`.trim())}`,
      plain(`${capitalised(command.meaning)}.`),
      ...details(command),
      ...options(command),
    ]),
    ...SIGNALS,
    ...EXIT_STATUS,
    ...ENVIRONMENT,
    '',
  ].join('\n');
}

const SIGNALS = section('SIGNALS', [
  ['SIGUSR1', 'drain: say "unhealthy", wait until load balancers have seen it, finish what runs, end'],
  ['SIGTERM, SIGINT', 'stop at once'],
  ['SIGHUP', 'read the configuration again'],
  ['SIGUSR2', 'open the log files again'],
]);

const EXIT_STATUS = section('EXIT STATUS', [
  ['0', 'it did what it was asked to'],
  ['1', 'it did not; the standard error says why'],
  ['64', 'the command line is wrong (the router itself ends with 1 then, as gorouter does)'],
]);

const ENVIRONMENT = section('ENVIRONMENT', [
  ['CELLGATE_ADMIN', 'the admin address for commands that ask a router, as --admin'],
  ['CELLGATE_TOKEN', 'who asks it, as --token'],
  ['CELLGATE_STATE_DIR', 'where a router without a configuration keeps what is to last'],
]);

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  return [`.SH ${title}`, ...rows.flatMap(([term, text]) => ['.TP', `.B ${plain(term)}`, plain(`${text}.`)])];
}

function options(command: CommandSpec): string[] {
  return command.options.flatMap(({ names, value, meaning }) => [
    '.TP',
    `.B ${plain(names.join(', '))}${value === null ? '' : ` \\fI${plain(value)}\\fR`}`,
    plain(`${meaning}.`),
  ]);
}

/** Text as it stands, since tables and examples are in it. */
function details({ details: text }: CommandSpec): string[] {
  return text === '' ? [] : ['.PP', '.nf', ...text.split('\n').map(plain), '.fi'];
}

/** Without what the language would read as its own. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll(/^\./gm, '\\&.');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** But for what is written in capitals. */
function uncapitalised(text: string): string {
  return /^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}
