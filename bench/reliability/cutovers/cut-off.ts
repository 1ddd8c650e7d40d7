import { atLeast, atMost, none } from '../checks.ts';
import type { Seen } from './gateway.ts';
import { noteOf, type Played, type Story, untilIn } from './story.ts';
import { begin } from './trial.ts';

/** What is said of the second step. */
const NEXT = / gets 50 %: /;
/** Seconds, as all that follow. */
const HOLD = 10;
const REVERT = 60;
/** The driver looks at who is waited for every quarter of a second, and waits 0.8 s for the answers. */
const LATE = 4;

/** A router hears nothing any more until the others go back: that which drives, or another. */
export async function cutOff(story: Story, isDriver: boolean): Promise<Played> {
  const { stage } = story;
  const [driver, bystander, other] = story.from(1);
  const cut = isDriver ? driver : other;
  const wish = story.wish(1);
  const command = await begin(stage, wish);
  await untilIn(bystander, 'judge');
  cut.line.cut();
  const { phase, notes } = await untilIn(bystander, 'reverting');
  cut.line.mend();
  const asked = momentOf(notes, NEXT);
  const held = momentOf(notes, /^held: /) - asked;
  const reverting = momentOf(notes, /^going back: /) - asked;
  const trial = await story.end(wish, command);
  await story.over(bystander);
  const named = `no answer from ${stage.gateways.indexOf(cut)}-`;
  const name = isDriver ? 'driver cut off' : 'router cut off';
  return {
    checks: [
      atLeast(`${name}: until it is held`, held, 's', HOLD - 1),
      atMost(`${name}: until it is held`, held, 's', HOLD + LATE),
      atLeast(`${name}: until it goes back`, reverting, 's', REVERT - 1),
      atMost(`${name}: until it goes back`, reverting, 's', REVERT + LATE),
      none(`${name}: not named`, phase.reason?.includes(named) === true ? 0 : 1),
      none(`${name}: ended otherwise than with 2`, trial.exit === 2 ? 0 : 1),
      none(`${name}: requests failed`, trial.shopping.failed),
    ],
    note: noteOf(name, trial),
  };
}

/** Seconds; NaN: nothing of the kind was said. */
function momentOf(notes: Seen['notes'], said: RegExp): number {
  return Date.parse(notes.find(({ text }) => said.test(text))?.at ?? '') / 1000;
}
