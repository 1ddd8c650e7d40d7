import { cpus, release } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
}

export function machine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() || 'unknown processor',
    cores: cores.length,
    kernel: `Linux ${release()}`,
    node: process.version,
  };
}

export function describeMachine({ cpu, cores, kernel, node }: Machine): string {
  return `${cpu}, ${cores} cores, ${kernel}, Node ${node}`;
}
