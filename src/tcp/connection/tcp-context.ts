import type { Names } from '../../network/names.ts';
import type { ReadBuffers } from '../../network/read-buffers.ts';
import type { ArmTallies } from '../../routing/arm-tally.ts';
import type { EndpointCells } from '../../routing/endpoint-cells.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { DeadlineList } from '../../time/deadline.ts';
import type { LiveRoute } from '../policy/live-route.ts';
import type { BackendLinks } from './backend-links.ts';
import type { ConnectionRecord } from './log-line.ts';
import type { TcpSettings } from './settings.ts';
import type { TcpTally } from './tally.ts';
import type { Termination } from './termination.ts';
import type { Waiter } from './waiting-line.ts';

/** What the connections of a thread's TCP ports share. */
export interface TcpContext {
  readonly settings: TcpSettings;
  readonly cells: EndpointCells;
  readonly log: ComponentLog;
  readonly buffers: ReadBuffers;
  /** Of backends. */
  readonly names: Names;
  readonly tally: TcpTally;
  /** Of routes with a split. */
  readonly arms: ArmTallies;
  /** `null` where there are no certificates for it. */
  readonly termination: Termination | null;
  readonly links: BackendLinks | null;
  readonly deadlines: Readonly<Record<'peek' | 'queue' | 'connect' | 'idle', DeadlineList>>;
  /** Monotonic milliseconds and whole seconds, as of the last tick. */
  readonly now: number;
  readonly nowSecond: number;
  /** Null: the port is closed meanwhile, or nobody there is called that. */
  match(port: number, serverName: string): LiveRoute | null;
  /** What backends of a port are told of clients, where their route does not say. */
  sendProxy(port: number): TcpSettings['sendProxy'];
  /** Lets a connection wait for a place at a backend; `false` when too many do. */
  enqueue(one: Waiter): boolean;
  /** It is over. */
  forget(one: Waiter, record: ConnectionRecord): void;
}
