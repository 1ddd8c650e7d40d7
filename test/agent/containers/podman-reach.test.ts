import { test } from 'vitest';
import { ContainerBed, LABELS } from '../../support/container-bed.ts';
import { freePort } from '../../support/free-port.ts';
import { whyNoPodman } from '../../support/podman.ts';
import { skipFor } from '../../support/skip-for.ts';

const skip = whyNoPodman();

test(
  'from other machines containers are reached at ports that they publish, or have on their machine',
  skipFor(skip),
  async (t) => {
    const bed = await ContainerBed.start(t, ({ machine }) => ['--host', machine]);
    const [published, own] = [await freePort(), await freePort()];
    await bed.podman.run('published', LABELS, '--publish', `${published}:8080`);
    await bed.servedBy('published');
    const labels = { ...LABELS, 'cellgate.port': String(own) };
    await bed.podman.run('of-host', labels, '--network', 'host', '--env', `PORT=${own}`);
    await bed.servedBy('of-host', 'published');
    await bed.agent.until(`"address":"${bed.podman.machine}:${published}"`);
    await bed.agent.until(`"address":"${bed.podman.machine}:${own}"`);
  },
);
