import type { Crossing } from './crossing/crossing.ts';
import { CrossingLayer } from './crossing-layer.ts';
import { readFinding } from './finding.ts';
import { blocksDifference } from './frames/blocks.ts';
import { FramesLayer } from './frames/run.ts';
import type { Http2Case } from './http2/conversation.ts';
import { Http2Layer } from './http2-layer.ts';
import { MemoryLayer } from './memory-layer.ts';
import { SocketLayer } from './socket-layer.ts';

type Say = (line: string) => void;

/** Of a crossing, as long as nothing is wrong. */
const REPLAYS = 50;

/** Runs the case of a file of findings/ once more, by all that read its kind; answers the exit code. */
export async function replay(path: string, say: Say): Promise<number> {
  const fuzzCase = readFinding(path);
  if (fuzzCase.kind === 'crossing') return replayCrossing(fuzzCase, say);
  if (fuzzCase.kind === 'blocks') {
    const difference = blocksDifference(fuzzCase);
    say(`header blocks: ${difference ?? 'both readers agree'}`);
    return difference === null ? 0 : 1;
  }
  if (fuzzCase.kind === 'conversation' || fuzzCase.kind === 'reply') return replayHttp2(fuzzCase, say);
  const [inMemory] = await new MemoryLayer().run([fuzzCase]);
  const layer = await SocketLayer.start();
  const overSockets = await layer.run(fuzzCase);
  await layer.stop();
  for (const [where, verdict] of Object.entries({ 'in memory': inMemory!, 'over sockets': overSockets })) {
    say(`${where}: ${verdict.difference ?? 'all readers agree'}`);
    if (verdict.difference !== null) say(JSON.stringify(verdict.readings, null, 1));
  }
  return inMemory!.difference === null && overSockets.difference === null ? 0 : 1;
}

async function replayHttp2(made: Http2Case, say: Say): Promise<number> {
  const frames = new FramesLayer();
  const inMemory = await frames.judge(made);
  frames.stop();
  const layer = await Http2Layer.start(1);
  const overSockets = await layer.judge(made);
  await layer.stop();
  for (const [where, finding] of Object.entries({ 'in memory': inMemory, 'over sockets': overSockets })) {
    say(`HTTP/2 ${where}: ${finding === null ? 'all readers agree' : finding.difference}`);
    if (finding !== null) say(JSON.stringify(finding.readings, null, 1));
  }
  return inMemory === null && overSockets === null ? 0 : 1;
}

async function replayCrossing(crossing: Crossing, say: Say): Promise<number> {
  const layer = await CrossingLayer.start(1);
  let difference: string | null = null;
  // What hangs on a moment does not come at once.
  for (let i = 0; i < REPLAYS && difference === null; i++) difference = await layer.judge(crossing);
  await layer.stop();
  say(`crossing: ${difference ?? 'nothing is wrong'}`);
  return difference === null ? 0 : 1;
}
