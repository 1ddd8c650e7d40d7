import { test } from 'vitest';
import { ContainerBed, HOST, LABELS, underLoad } from '../../support/container-bed.ts';
import { whyNoPodman } from '../../support/podman.ts';
import { skipFor } from '../../support/skip-for.ts';

const skip = whyNoPodman();

test(
  'a container that is paused, ill, killed or gone with its engine away is out, and the others serve',
  skipFor(skip),
  async (t) => {
    const bed = await ContainerBed.start(t);
    const { podman, agent } = bed;
    const check = [
      '--health-cmd',
      '/bin/node -e "fetch(`http://localhost:8080`).catch(()=>process.exit(1))"',
    ];
    await Promise.all([
      podman.run('one', LABELS),
      podman.run('two', LABELS),
      podman.run('ill', { 'cellgate.route': HOST }, ...check),
    ]);
    await bed.servedBy('one', 'two');
    await podman.do('pause', 'two');
    await bed.servedBy('one');
    await podman.do('unpause', 'two');
    await bed.caughtUp();
    await bed.servedBy('one', 'two');
    // Killed: requests that it has may fail, and later ones do not.
    await podman.do('kill', 'two');
    await bed.servedBy('one');
    await underLoad(bed, async () => {
      await podman.stopService();
      await agent.until('Route Registrar.container-engine-away');
      await bed.servedBy('one');
      await podman.run('three', LABELS);
      await podman.startService();
      await agent.until('Route Registrar.container-engine-back');
      await bed.servedBy('one', 'three');
    });
    await podman.stopService();
    await podman.do('kill', 'one');
    await agent.until('Route Registrar.container-ended');
    await bed.servedBy('three');
  },
);
