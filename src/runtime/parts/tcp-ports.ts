import type { TcpPorts } from '../tcp/tcp-ports.ts';
import type { DecisionsPart } from './decisions.ts';
import type { Part } from './part.ts';

/** Opens the ports of TCP routes: connections, too, are to find what is decided in force. */
export class TcpPortsPart implements Part {
  readonly name = 'tcp ports';
  readonly #ports: Pick<TcpPorts, 'begin'>;
  readonly #decisions: Pick<DecisionsPart, 'settle'>;

  constructor(ports: Pick<TcpPorts, 'begin'>, decisions: Pick<DecisionsPart, 'settle'>) {
    this.#ports = ports;
    this.#decisions = decisions;
  }

  async start(): Promise<void> {
    await this.#decisions.settle();
    this.#ports.begin();
  }
}
