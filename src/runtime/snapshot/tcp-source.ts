import { readTcpRouteMessage } from '../../bus/tcp-route-message.ts';
import { Unreadable } from '../../snapshot/checked-text.ts';
import { saidOf } from '../../snapshot/line.ts';
import type { TableSource } from '../../snapshot/table-source.ts';
import type { TcpRegistration } from '../../tcp/table/route.ts';
import type { TcpMember } from '../../tcp/table/tcp-table.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import { readOrder } from './static-order.ts';
import { WallOffset } from './wall-offset.ts';

type Table = Pick<TcpRoutes, 'members' | 'clock' | 'announcedAt'>;

/** The TCP routes that are not the configuration's, as a snapshot keeps them. */
export class TcpSource implements TableSource<TcpMember> {
  readonly kind = 'tcp';
  readonly #table: Table;
  readonly #offset = new WallOffset();

  constructor(table: Table) {
    this.#table = table;
  }

  entries(): Iterable<TcpMember> {
    return this.#table.members();
  }

  describe({ registration }: TcpMember): object {
    const { owner, port, sni, host, backendPort, instanceId, isolationSegment, lifetime, terms, order } =
      registration;
    const { terminates, alpns, backendTls, sendProxy } = terms;
    return {
      source: owner,
      protocol: 'tcp',
      external_port: port,
      ...(sni && { sni_hostname: sni }),
      host,
      [backendTls === null ? 'port' : 'tls_port']: backendPort,
      ...(instanceId && { private_instance_id: instanceId }),
      ...(isolationSegment && { isolation_segment: isolationSegment }),
      ...(Number.isInteger(lifetime / 1000) && { stale_threshold_in_seconds: lifetime / 1000 }),
      ...(terminates && { terminate_frontend_tls: true }),
      ...(alpns.length > 0 && { alpns: alpns.join(',') }),
      ...(backendTls !== null && { server_cert_domain_san: backendTls.name }),
      ...(backendTls?.sni && { sni_rewrite_hostname: backendTls.sni }),
      ...(terminates && backendTls?.clientCertificate && { enable_backend_mtls: true }),
      ...(sendProxy !== 'default' && { send_proxy_protocol: sendProxy }),
      ...order,
    };
  }

  announcedAt(member: TcpMember): number | null {
    if (!member.isMember) return null;
    return this.#offset.at(this.#table.clock) + this.#table.announcedAt(member);
  }

  read(fields: string): TcpRegistration | Unreadable {
    const said = saidOf(fields);
    if (said instanceof Unreadable) return said;
    const { source } = said;
    const order = readOrder(said);
    if (order instanceof Unreadable) return order;
    if (typeof source !== 'string') return new Unreadable('source: allowed: a string');
    const decoded = readTcpRouteMessage(said);
    if (!decoded.ok) return new Unreadable(decoded.error);
    return { ...decoded.registration, owner: source, ...(order !== null && { order }) };
  }
}
