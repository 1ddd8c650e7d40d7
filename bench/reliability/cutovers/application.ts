import type { Site } from '../figure.ts';
import type { Agents } from '../outages/agents.ts';
import type { ArmInstancesCalls, Asked, Manner } from '../processes/arm-instances.ts';
import { Subprocess } from '../subprocess.ts';

const INSTANCES = new URL('../processes/arm-instances.ts', import.meta.url);

/** An application with its instances in a process of their own, which is mapped to one route or is not. */
export class Application {
  readonly name: string;
  readonly #route: string;
  readonly #agents: Agents;
  readonly #process: Subprocess<ArmInstancesCalls>;
  readonly #ports: readonly number[];

  private constructor(
    name: string,
    route: string,
    agents: Agents,
    process: Subprocess<ArmInstancesCalls>,
    ports: readonly number[],
  ) {
    this.name = name;
    this.#route = route;
    this.#agents = agents;
    this.#process = process;
    this.#ports = ports;
  }

  /** It runs, and is not mapped. */
  static async open(
    { bed }: Site,
    agents: Agents,
    { name, route, count }: { readonly name: string; readonly route: string; readonly count: number },
  ): Promise<Application> {
    const process = new Subprocess<ArmInstancesCalls>(bed, INSTANCES);
    const ports = await process.call('listen', { app: name, count });
    return new Application(name, route, agents, process, ports);
  }

  get selector(): string {
    return `app:${this.name}`;
  }

  map(): void {
    for (const port of this.#ports) this.#agents.announce(this.#key(port), this.#message(port));
  }

  unmap(): void {
    for (const port of this.#ports) this.#agents.withdraw(this.#key(port), this.#message(port));
  }

  async behave(manner: Manner): Promise<void> {
    await this.#process.call('behave', manner);
  }

  /** Its instances are gone, and nobody says so. */
  async leave(): Promise<void> {
    await this.#process.call('leave');
  }

  asked(): Promise<Asked> {
    return this.#process.call('asked');
  }

  async forget(): Promise<void> {
    await this.#process.call('forget');
  }

  #key(port: number): string {
    return `${this.name}-${port}`;
  }

  #message(port: number): object {
    const index = String(this.#ports.indexOf(port));
    return {
      host: '127.0.0.1',
      port,
      uris: [this.#route],
      app: this.name,
      private_instance_id: this.#key(port),
      private_instance_index: index,
      tags: { app_id: this.name, instance_id: index },
    };
  }
}
