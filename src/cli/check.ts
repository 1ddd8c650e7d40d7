import { stringify } from 'yaml';
import { effectiveFile } from '../config/effective.ts';
import type { FileResult } from '../config/parse-file.ts';
import { readConfig } from '../config/read.ts';
import { tcpRouterFileSchema } from '../config/schema/tcp-router.ts';
import { readTcpRouterFile } from '../config/tcp-router.ts';
import { shardingNotice } from '../config/tcp-router-sharding.ts';
import { readOtelEnvironment } from '../otel/environment.ts';

export interface CheckOutput {
  /** Text that ends with a newline. */
  out(text: string): void;
  /** One sentence. */
  error(sentence: string): void;
}

/** Says what is wrong with a configuration and with the OTEL_ variables beside it, or what it means; the exit code. */
export function check(configFile: string | null, output: CheckOutput): number {
  const read = readConfig(configFile);
  for (const warning of readOtelEnvironment(process.env).warnings) output.error(`warning: ${warning}`);
  return say(read.ok ? { ...read, value: read.config } : read, (config) => effectiveFile(config), output);
}

/** The same for a tcp_router.yml. */
export function checkTcp(configFile: string, output: CheckOutput): number {
  const effective = (file: object): unknown => effectiveFile(file, tcpRouterFileSchema);
  const read = readTcpRouterFile(configFile);
  const notice = read.ok ? shardingNotice(read.value) : '';
  if (notice !== '') output.error(`warning: ${notice}`);
  return say(read, effective, output);
}

function say<Value>(
  read: FileResult<Value>,
  effective: (value: Value) => unknown,
  { out, error }: CheckOutput,
): number {
  if (!read.ok) {
    for (const problem of read.problems) error(`Error loading config: ${problem}`);
    return 1;
  }
  for (const warning of read.warnings) error(`warning: ${warning}`);
  out(stringify(effective(read.value), { lineWidth: 0 }));
  return 0;
}
