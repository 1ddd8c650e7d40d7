import type { ComponentLog } from '../telemetry/component-log.ts';
import type { RunCheck } from './checker.ts';
import { probeTcp } from './probe-tcp.ts';
import type { CheckResult, Probe } from './route/check.ts';
import { runScript } from './run-script.ts';

/** Runs checks; what scripts say goes into the log. */
export function checksWith(log: ComponentLog): RunCheck {
  return async (check, signal) => {
    if (check.kind === 'probe') return answered(check.probe, check.timeout, signal);
    const { path: script, timeout } = check;
    log.debug('Executing script', { script });
    const { result, stdout, stderr } = await runScript(script, timeout, signal);
    if (result.ok) log.debug('Script exited without error', { script, stdout, stderr });
    else log.info('Script exited with error', { script, error: result.reason, stdout, stderr });
    return result;
  };
}

/** Who cannot even be asked, since nobody can have such a name, has failed. */
async function answered(probe: Probe, timeout: number, signal: AbortSignal): Promise<CheckResult> {
  try {
    return await probed(probe, timeout, signal);
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

/** What only some checks need is loaded with the first of them: an HTTP client takes tens of megabytes. */
async function probed(probe: Probe, timeout: number, signal: AbortSignal): Promise<CheckResult> {
  switch (probe.kind) {
    case 'tcp':
      return probeTcp(probe, timeout, signal);
    case 'http': {
      const { probeHttp } = await import('./probe-http.ts');
      return probeHttp(probe, timeout, signal);
    }
    case 'grpc': {
      const { probeGrpc } = await import('./probe-grpc.ts');
      return probeGrpc(probe, timeout, signal);
    }
  }
}
