/** Kept for listeners, logs, the bus and the status pages. */
const RESERVED = 256;

interface Limits {
  readonly userLimits?: { readonly open_files?: { readonly soft: number | 'unlimited' } };
}

/** Client connections for which there are descriptors, with one to a backend for each; 0 when there is no limit. */
export function descriptorShare(): number {
  // Without this the report looks up the names of all peers.
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as unknown as Limits;
  const soft = userLimits?.open_files?.soft ?? 'unlimited';
  return typeof soft === 'number' ? Math.max(64, Math.floor((soft - RESERVED) / 2)) : 0;
}
