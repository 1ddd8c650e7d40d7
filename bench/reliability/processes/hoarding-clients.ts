/** Clients that hold on to every connection they get, with or without a response, and come again when they lose it. */
import { connect, type Socket } from 'node:net';
import { HOST } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { nextToken } from '../token.ts';

/** Milliseconds before one that was turned away comes again. */
const PAUSE = 100;

const held = new Set<Socket>();
const endings = new FaultCount();
let hoarding = false;

const calls = {
  /** Every other of them says nothing, and does not let go when the router does. */
  start({ port, count }: { port: number; count: number }): void {
    hoarding = true;
    for (let index = 0; index < count; index++) hold(port, index % 2 === 0);
  },

  /** Lets go of everything. How many streams were held in the end, and how the other attempts were answered. */
  release(): { streams: number; endings: Faults } {
    hoarding = false;
    const streams = [...held].filter((socket) => streaming.has(socket)).length;
    for (const socket of held) socket.destroy();
    return { streams, endings: endings.faults };
  },
};
export type HoardingClientsCalls = typeof calls;
answerCalls(calls);

const streaming = new WeakSet<Socket>();

function hold(port: number, asks: boolean): void {
  const token = nextToken();
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: !asks });
  held.add(socket);
  let received = '';
  let ending = 'closed without an answer';
  if (asks) socket.write(`GET /stream/${token}/0 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
    if (received.includes(`\r\n${token}\n`)) streaming.add(socket);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ending = error.code ?? error.message;
  });
  socket.on('close', () => {
    held.delete(socket);
    if (!hoarding) return;
    endings.add(received === '' ? ending : received.slice(9, 12));
    setTimeout(() => {
      if (hoarding) hold(port, asks);
    }, PAUSE);
  });
}
