import { type UsageError, usageError } from './usage-error.ts';

export interface RunCommand {
  readonly kind: 'run';
  readonly configFile: string | null;
  /** Of HTTP, where there is no configuration; null: the default. */
  readonly port: number | null;
}

const HIGHEST_PORT = 65_535;

/** Of options of the router itself, null where they are not given. */
export function runCommand(configFile: string | null, port: string | null): RunCommand | UsageError {
  if (port === null) return { kind: 'run', configFile, port };
  if (configFile !== null) {
    return usageError(`option "--port" is for a router without a configuration: set port in ${configFile}`);
  }
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > HIGHEST_PORT) {
    return usageError(`option "--port" needs a port from 1 to ${HIGHEST_PORT}`);
  }
  return { kind: 'run', configFile, port: number };
}
