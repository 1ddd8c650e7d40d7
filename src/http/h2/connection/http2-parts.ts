import type { ProxyContext } from '../../proxy-context.ts';
import { BlockText } from '../block-text.ts';
import { HeadFields } from '../head-fields.ts';
import { WindowRoom } from '../receive-window.ts';
import { AddressBudgets } from './address-budgets.ts';
import { HeldMemory } from './held-memory.ts';

/** What windows of uploads and downloads may grow by together, beyond the 64 KiB that each begins with. Bytes. */
const WINDOW_ROOM = 64 * 1024 * 1024;
/** What may wait for peers that do not read. Bytes. */
const HELD_MEMORY = 128 * 1024 * 1024;

/** What the HTTP/2 connections of a thread share. */
export class Http2Parts {
  readonly context: ProxyContext;
  readonly fields = new HeadFields();
  readonly block = new BlockText();
  readonly room = new WindowRoom(WINDOW_ROOM);
  readonly budgets = new AddressBudgets();
  readonly memory = new HeldMemory(HELD_MEMORY);

  constructor(context: ProxyContext) {
    this.context = context;
  }
}
