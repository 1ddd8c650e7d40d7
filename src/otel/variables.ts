export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of an environment, and what is wrong with those that were read. */
export class Variables {
  /** A sentence each, naming the variable, its value where it is no secret, and what is allowed. */
  readonly warnings: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Empty counts as not set, as the specification says. */
  text(name: string): string {
    return this.#environment[name]?.trim() ?? '';
  }

  /** The first of these that is set; `null`: none is. */
  first(...names: readonly string[]): string | null {
    return names.find((name) => this.text(name) !== '') ?? null;
  }

  flag(name: string): boolean {
    const text = this.text(name).toLowerCase();
    if (text !== '' && text !== 'true' && text !== 'false') {
      this.warn(name, 'true, or false', 'false is used');
    }
    return text === 'true';
  }

  /** The first of these that is set, a whole number. */
  count(names: readonly string[], [least, most]: Range, otherwise: number, unit: string): number {
    const name = this.first(...names);
    if (name === null) return otherwise;
    const text = this.text(name);
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    this.warn(name, `${unit} from ${least} to ${most}`, `${otherwise} is used`);
    return otherwise;
  }

  /** The first of these that is set. `used`: what happens instead where its value is none of `choices`. */
  choice<Choice extends string>(
    names: readonly string[],
    choices: readonly Choice[],
    otherwise: Choice,
    used = `${otherwise} is used`,
  ): Choice {
    const name = this.first(...names);
    if (name === null) return otherwise;
    const text = this.text(name).toLowerCase();
    const found = choices.find((each) => each === text);
    if (found !== undefined) return found;
    this.warn(name, choices.join(', '), used);
    return otherwise;
  }

  warn(name: string, allowed: string, used: string): void {
    this.warnings.push(`${name}=${JSON.stringify(this.text(name))}: allowed: ${allowed}; ${used}`);
  }

  /** Without the value, which may be a secret. */
  warnUnquoted(name: string, fault: string): void {
    this.warnings.push(`${name}: ${fault}`);
  }
}

/** Both included. */
export type Range = readonly [least: number, most: number];
