import { stringify } from 'yaml';
import { effectiveFile } from '../config/effective.ts';
import type { FileResult } from '../config/parse-file.ts';
import { readConfig } from '../config/read.ts';
import { tcpRouterFileSchema } from '../config/schema/tcp-router.ts';
import type { Config } from '../config/schema.ts';
import { readTcpRouterFile } from '../config/tcp-router.ts';
import { shardingNotice } from '../config/tcp-router-sharding.ts';
import { readOtelEnvironment } from '../otel/environment.ts';
import { certificateFaults } from './certificate-ends.ts';
import type { CheckCommand } from './check-arguments.ts';
import type { MachineFault } from './machine-fault.ts';
import { fileFaults } from './machine-files.ts';
import { portFaults } from './machine-ports.ts';
import { settingFaults } from './setting-faults.ts';

export interface CheckOutput {
  /** Text that ends with a newline. */
  out(text: string): void;
  /** One sentence. */
  error(sentence: string): void;
}

type Failed = Extract<FileResult<unknown>, { ok: false }>;

/** Says what is wrong with a configuration and the OTEL_ variables beside it, or that nothing is; the exit code. */
export async function check(
  { configFile, print, fileOnly }: CheckCommand,
  output: CheckOutput,
): Promise<number> {
  const read = readConfig(configFile);
  for (const warning of readOtelEnvironment(process.env).warnings) output.error(`warning: ${warning}`);
  if (!read.ok) return refuse(read, output);
  for (const warning of read.warnings) output.error(`warning: ${warning}`);
  const faults = [...settingFaults(read.config), ...(fileOnly ? [] : await machineFaults(read.config))];
  for (const { kind, sentence } of faults) output.error(kind === 'error' ? sentence : `warning: ${sentence}`);
  if (faults.some(({ kind }) => kind === 'error')) return 1;
  output.out(print ? stringify(effectiveFile(read.config), { lineWidth: 0 }) : 'valid\n');
  return 0;
}

/** The same for a tcp_router.yml, of which its files are looked at as it is read. */
export function checkTcp(
  { configFile, print }: { readonly configFile: string; readonly print: boolean },
  output: CheckOutput,
): number {
  const read = readTcpRouterFile(configFile);
  if (!read.ok) return refuse(read, output);
  const notice = shardingNotice(read.value);
  for (const warning of notice === '' ? read.warnings : [notice, ...read.warnings]) {
    output.error(`warning: ${warning}`);
  }
  const effective = (): unknown => effectiveFile(read.value, tcpRouterFileSchema);
  output.out(print ? stringify(effective(), { lineWidth: 0 }) : 'valid\n');
  return 0;
}

function refuse({ problems }: Pick<Failed, 'problems'>, { error }: CheckOutput): number {
  for (const problem of problems) error(`Error loading config: ${problem}`);
  return 1;
}

async function machineFaults(config: Config): Promise<MachineFault[]> {
  return [...fileFaults(config), ...certificateFaults(config, Date.now()), ...(await portFaults(config))];
}
