import { CannotStart } from '../../cannot-start.ts';
import type { Asked } from '../processes/arm-instances.ts';
import type { Shopping } from '../processes/shoppers.ts';
import type { Application } from './application.ts';
import type { Command, Ended } from './command.ts';
import { ROUTE, type Stage } from './stage.ts';

/** As the command takes them; seconds. */
export interface Pace {
  readonly plan: string;
  readonly step: number;
  readonly window: number;
  readonly soak: number;
}

export interface Wish {
  readonly from: Application;
  readonly to: Application;
  readonly pace: Pace;
  readonly route?: string;
  readonly more?: readonly string[];
  /** Number of the router that is asked. */
  readonly at?: number;
}

/** One line of what the command says. */
interface Line {
  readonly text?: string;
  readonly end?: string;
  readonly reason?: string;
}

/** A cutover that is over for whoever has commanded it. */
export interface Trial extends Ended {
  readonly notes: readonly string[];
  /** What the clients of the route had since the last one. */
  readonly shopping: Shopping;
  /** What the new application had. */
  readonly asked: Asked;
}

/** Begins a cutover; nothing is known of what the new application was asked before. */
export async function begin(
  stage: Stage,
  { from, to, pace, route = ROUTE, more = [], at }: Wish,
): Promise<Command> {
  await to.forget();
  const { plan, step, window, soak } = pace;
  const args = ['cutover', route, '--from', from.selector, '--to', to.selector, '--json'];
  args.push('--plan', plan, '--step-time', `${step}s`, '--window', `${window}s`, '--soak', `${soak}s`);
  return stage.command([...args, ...more], at);
}

/** @param patience seconds */
export async function outcomeOf(
  stage: Stage,
  { to }: Wish,
  command: Command,
  patience: number,
): Promise<Trial> {
  const ended = await command.end(patience);
  const shopping = await stage.shopped();
  const notes = linesOf(ended.output).flatMap(({ text }) => text ?? []);
  const last = [notes.at(-1) ?? '', ended.errors].join(' ').trim();
  stage.site.say(
    `exit ${ended.exit} after ${ended.seconds.toFixed(1)} s, ${shopping.failed} failed: ${last}`,
  );
  return { ...ended, notes, shopping, asked: await to.asked() };
}

export async function run(stage: Stage, wish: Wish, patience: number): Promise<Trial> {
  return outcomeOf(stage, wish, await begin(stage, wish), patience);
}

function linesOf(output: string): Line[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as Line;
      } catch {
        throw new CannotStart(`the command said ${line}`);
      }
    });
}
