import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ContainerBed, HOST, LABELS, underLoad } from '../../support/container-bed.ts';
import { whyNoPodman } from '../../support/podman.ts';
import { ask, get } from '../../support/raw-http.ts';
import { skipFor } from '../../support/skip-for.ts';

const skip = whyNoPodman();

test(
  'containers scale from 1 to 5 and back and from blue to green under load, and no request fails',
  skipFor(skip),
  async (t) => {
    const bed = await ContainerBed.start(t);
    const { podman } = bed;
    await podman.run('blue1', LABELS);
    await bed.servedBy('blue1');
    await underLoad(bed, async () => {
      const more = ['blue2', 'blue3', 'blue4', 'blue5'];
      const grace = (name: string): string => `GRACE=${['blue4', 'blue5'].includes(name) ? 3000 : 0}`;
      await Promise.all(more.map((name) => podman.run(name, LABELS, '--env', grace(name))));
      await bed.servedBy('blue1', ...more);
      // In order: unregistered, then stopped.
      for (const name of ['blue2', 'blue3']) await bed.retire(name);
      await bed.servedBy('blue1', 'blue4', 'blue5');
      // And without a word before: the application serves on while the agent sees that it is stopping.
      await Promise.all(['blue4', 'blue5'].map((name) => podman.do('stop', '--time', '10', name)));
      await bed.servedBy('blue1');
      await Promise.all(['green1', 'green2'].map((name) => podman.run(name, LABELS)));
      await bed.servedBy('blue1', 'green1', 'green2');
      await bed.retire('blue1');
      await bed.servedBy('green1', 'green2');
    });
    bed.agent.kill('SIGTERM');
    assert.deepEqual(await bed.agent.exited, [0, null]);
    assert.match((await ask(bed.port, get(HOST))).start, / 404 /);
  },
);
