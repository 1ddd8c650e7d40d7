import type { OptionSpec } from './command-spec.ts';
import { type UsageError, unknownName, usageError } from './usage-error.ts';

export interface ParsedOptions {
  readonly kind: 'options';
  readonly operands: readonly string[];
  has(name: string): boolean;
  /** The last value given. */
  value(name: string): string | null;
  values(name: string): readonly string[];
}

/**
 * Splits arguments into options, `--name VALUE` or `--name=VALUE`, and operands. One dash is as good as two,
 * as in Go and so in gorouter, and so is `--flag=true`; after `--` everything is an operand.
 */
export function parseOptions(
  argv: readonly string[],
  specs: readonly OptionSpec[],
): ParsedOptions | UsageError {
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!;
    if (argument === '--') {
      operands.push(...argv.slice(i + 1));
      break;
    }
    if (!/^-./.test(argument)) {
      operands.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const written = equals < 0 ? argument : argument.slice(0, equals);
    const spec = specs.find(({ names }) => names.some((name) => undashed(name) === undashed(written)));
    if (spec === undefined) {
      return unknownName(
        'option',
        written,
        specs.flatMap(({ names }) => names),
      );
    }
    const [name] = spec.names;
    const values = given.get(name) ?? [];
    given.set(name, values);
    if (spec.value === null) {
      const word = equals < 0 ? 'true' : argument.slice(equals + 1);
      if (word === 'false') given.delete(name);
      else if (word !== 'true') return usageError(`option "${name}" takes no value`);
      continue;
    }
    const value = equals < 0 ? (argv[++i] ?? '') : argument.slice(equals + 1);
    // Far more often a forgotten value than one that begins with a dash; that one can be given after "=".
    if (value === '' || (equals < 0 && value.startsWith('-'))) {
      return usageError(`option "${name}" needs a value, ${spec.value}`);
    }
    values.push(value);
  }
  return {
    kind: 'options',
    operands,
    has: (name) => given.has(name),
    value: (name) => given.get(name)?.at(-1) ?? null,
    values: (name) => given.get(name) ?? [],
  };
}

function undashed(name: string): string {
  return name.replace(/^--?/, '');
}
