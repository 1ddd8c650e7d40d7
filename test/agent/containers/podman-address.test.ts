import { test } from 'vitest';
import { ContainerBed, LABELS } from '../../support/container-bed.ts';
import { whyNoPodman } from '../../support/podman.ts';
import { ask, get } from '../../support/raw-http.ts';
import { skipFor } from '../../support/skip-for.ts';

const skip = whyNoPodman();

test(
  'an address that another container has got while the engine was away takes no requests along',
  skipFor(skip),
  async (t) => {
    const bed = await ContainerBed.start(t);
    const { podman, agent } = bed;
    // Its own network: addresses that come back soon would disturb others.
    const network = ['--network', await podman.network()];
    await podman.run('one', LABELS, ...network);
    await podman.run('two', LABELS, ...network);
    await bed.servedBy('one', 'two');
    // With the link's address, which neighbours would remember for half a minute.
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}';
    const [address = '', link = ''] = (await podman.do('inspect', '--format', format, 'one')).split(' ');
    await podman.stopService();
    await podman.do('rm', '--force', '--time', '0', 'one');
    await agent.until('Route Registrar.container-ended');
    const labels = { 'cellgate.route': 'other.test' };
    await podman.run('thief', labels, ...network, '--ip', address, '--mac-address', link);
    await bed.servedBy('two');
    await podman.startService();
    while ((await ask(bed.port, get('other.test', '/x'))).body !== 'thief x');
    await bed.servedBy('two');
  },
);
