import { flag, noEffect, port, text } from './field.ts';
import { anyInteger } from './lenient.ts';

/** Where clients connect, and the process as such. */
export const listenerKeys = {
  port: port('HTTP listener.', 8081),
  disable_http: flag('Whether to open no HTTP listener without TLS.', false),
  enable_http2: flag(
    'Whether TLS clients may choose HTTP/2, and endpoints registered with `protocol: http2` are asked over it.',
    true,
  ),
  enable_http1_concurrent_read_write: noEffect(
    flag('Whether an HTTP/1 response may begin before its request has ended.', false),
    'it always may',
  ),
  enable_proxy: flag('Whether connections may begin with a PROXY header.', false),
  html_error_template_file: text('File with the page shown for errors of the router; empty: none.', ''),
  zone: text('Availability zone of this router.', ''),
  trace_key: text(
    "Value of X-Vcap-Trace that asks for headers about the routing; empty: none does. The BOSH job's, 22, is known to all.",
    '',
  ),
  go_max_procs: noEffect(
    anyInteger("Threads of Go's scheduler.", -1),
    'there is no Go runtime; `cellgate.proxy_threads` is what comes nearest',
  ),
  debug_addr: text(
    'Where CPU profiles, heap snapshots and the log level are to be had, `host:port`; without a password, so on loopback. Empty: nowhere.',
    '',
  ),
  ip_local_port_range: noEffect(
    text('Ports that the kernel takes for connections to endpoints.', ''),
    'gorouter does not read it: it is for the script that runs before the start',
  ),
  pid_file: noEffect(text('File for the process id.', ''), 'gorouter writes none either'),
};
