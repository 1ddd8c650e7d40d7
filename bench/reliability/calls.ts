/** What a subprocess can be asked: functions of one argument, which like the answer is plain JSON. */
export type Calls<C> = { readonly [N in keyof C]: (argument: never) => unknown };

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  /** What was thrown instead. */
  readonly error?: string;
}

/** The subprocess's side. The process ends with the one that started it. */
export function answerCalls<C extends Calls<C>>(calls: C): void {
  const functions = new Map<string, (argument: never) => unknown>(Object.entries(calls));
  process.on('message', async ({ id, name, argument }: Question) => {
    process.send!(await answer(id, () => functions.get(name)!(argument as never)));
  });
  process.on('disconnect', () => process.exit());
}

async function answer(id: number, call: () => unknown): Promise<Answer> {
  try {
    return { id, value: await call() };
  } catch (error) {
    return { id, error: (error as Error).stack ?? String(error) };
  }
}
