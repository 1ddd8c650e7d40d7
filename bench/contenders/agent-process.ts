/** A Loggregator agent that takes envelopes and does nothing with them. Usage: agent-process.ts PORT */
import { createSocket } from 'node:dgram';

const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
socket.on('message', () => {});
socket.bind(Number(process.argv[2]), '127.0.0.1');
