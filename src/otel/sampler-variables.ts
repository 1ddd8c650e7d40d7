import type { Sampling } from '../http/policy/sampling.ts';
import type { Variables } from './variables.ts';

const NAME = 'OTEL_TRACES_SAMPLER';
const ARGUMENT = 'OTEL_TRACES_SAMPLER_ARG';
const PARENT_BASED = 'parentbased_';
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export function readSampling(variables: Variables): Sampling {
  const sampler = variables.choice([NAME], SAMPLERS, 'parentbased_always_on');
  const parentBased = sampler.startsWith(PARENT_BASED);
  switch (parentBased ? sampler.slice(PARENT_BASED.length) : sampler) {
    case 'always_off':
      return { parentBased, ratio: 0 };
    case 'traceidratio':
      return { parentBased, ratio: readRatio(variables) };
    default:
      return { parentBased, ratio: 1 };
  }
}

function readRatio(variables: Variables): number {
  const text = variables.text(ARGUMENT);
  if (text === '') return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  variables.warn(ARGUMENT, 'a share from 0 to 1', '1 is used');
  return 1;
}
