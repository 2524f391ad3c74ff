// The end of a growing file as pieces of text (thermos-executor.md §21.6). A file of any size opens at once: only
// pieces are ever fetched, and only so many kept.

import { useEffect, useRef, useState } from "preact/hooks";

import { ApiError } from "./api";
import type { Chunk } from "./types";

const CHUNK = 50_000;
const BACK = 32_768;
const KEPT = 400_000; // bytes on the page; older ones are fetched again when they are scrolled to
const PIECES_MAX = 2_000;
const TORN_MAX = 3; // bytes of a character that an answer may leave out at its end

export type Fetch = (offset: number, length: number) => Promise<Chunk>;

export interface Piece {
  offset: number;
  length: number; // in bytes of the file
  text: string;
}

export interface Tail {
  pieces: Piece[]; // without gaps
  size: number;
  fileId: string;
  isReplaced?: boolean; // another file has its name now; what is here is of the one before
}

// For people: no colour codes, a progress bar's \r begins a line, other control characters are visible.
export function readable(text: string): string {
  return text
    .replace(/\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])/g, "")
    .replace(/\r\n?/g, "\n")
    .replace(/[\x00-\x08\x0b-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)));
}

const pieceOf = ({ offset, length, data }: Chunk): Piece => ({ offset, length, text: readable(data) });
const begin = ({ pieces }: Tail) => pieces[0]?.offset ?? 0;
const end = ({ pieces }: Tail) => (pieces.length ? pieces[pieces.length - 1].offset + pieces[pieces.length - 1].length : 0);
const isAnother = (tail: Tail, chunk: Chunk) => chunk.fileId !== tail.fileId || chunk.size < end(tail);

// Without the oldest pieces, if there are too many.
export function trimmed(tail: Tail): Tail {
  let first = Math.max(0, tail.pieces.length - PIECES_MAX);
  while (first < tail.pieces.length - 1 && end(tail) - tail.pieces[first].offset > KEPT) first += 1;
  return first ? { ...tail, pieces: tail.pieces.slice(first) } : tail;
}

async function open(fetchChunk: Fetch): Promise<Tail> {
  const last = await fetchChunk(-1, BACK);
  return { pieces: last.length ? [pieceOf(last)] : [], size: last.size, fileId: last.fileId };
}

// What was written since; from the end again when another file took the name, or too much was written.
export async function follow(tail: Tail, fetchChunk: Fetch): Promise<Tail> {
  const chunk = await fetchChunk(end(tail), CHUNK);
  if (isAnother(tail, chunk) || chunk.size - end(tail) > KEPT) return open(fetchChunk);
  if (!chunk.length) return chunk.size === tail.size ? tail : { ...tail, size: chunk.size };
  return trimmed({ ...tail, pieces: [...tail.pieces, pieceOf(chunk)], size: chunk.size });
}

// The same for somebody who reads further up: nothing is taken from what is on the page, and no more added than fits.
export async function extend(tail: Tail, fetchChunk: Fetch): Promise<Tail> {
  const room = Math.min(CHUNK, KEPT - (end(tail) - begin(tail)));
  if (tail.isReplaced || room <= 0 || tail.pieces.length >= PIECES_MAX) return tail;
  const chunk = await fetchChunk(end(tail), room);
  if (isAnother(tail, chunk)) return { ...tail, isReplaced: true };
  if (!chunk.length) return chunk.size === tail.size ? tail : { ...tail, size: chunk.size };
  return { ...tail, pieces: [...tail.pieces, pieceOf(chunk)], size: chunk.size };
}

// With the piece before the first.
export async function pageBack(tail: Tail, fetchChunk: Fetch): Promise<Tail> {
  const from = Math.max(0, begin(tail) - BACK);
  const chunk = await fetchChunk(from, begin(tail) - from);
  const missing = begin(tail) - (chunk.offset + chunk.length);
  if (isAnother(tail, chunk) || missing < 0 || missing > TORN_MAX) return { ...tail, isReplaced: true };
  return { ...tail, pieces: [pieceOf(chunk), ...tail.pieces] };
}

export interface TailState {
  tail: Tail | null;
  note: string;
  error?: ApiError;
}

// Reads one file for one page. One request at a time; older text that is asked for meanwhile, or could not be had,
// is remembered and fetched next.
export class TailReader {
  private state: TailState = { tail: null, note: "(LOADING)" };
  private busyWith: "" | "following" | "paging" = "";
  private wantsOlder = false;

  constructor(
    private readonly fetchChunk: Fetch, private readonly isFollowing: () => boolean,
    private readonly show: (state: TailState) => void,
  ) {}

  // To be called again and again. True: there is more to read at once.
  async step(): Promise<boolean> {
    if (this.busyWith) return false;
    if (this.wantsOlder) {
      await this.readOlder();
      return false;
    }
    const before = this.state.tail;
    const failure = before ? "(FAILED TO TAIL ... RETRYING)" : "(FAILED TO INITIALIZE ... RETRYING)";
    await this.run("following", failure, async () => {
      const read = this.isFollowing() ? follow : extend;
      const tail = before && !(before.isReplaced && this.isFollowing()) ? await read(before, this.fetchChunk) : await open(this.fetchChunk);
      this.put({ tail, note: tail.isReplaced ? "(ANOTHER FILE HAS THIS NAME NOW)" : "" });
    });
    if (this.wantsOlder) await this.readOlder();
    const after = this.state.tail;
    return Boolean(before && after && end(after) - end(before) >= CHUNK);
  }

  async older(): Promise<void> {
    if (this.busyWith !== "paging") this.wantsOlder = true;
    if (!this.busyWith) await this.readOlder();
  }

  private async readOlder(): Promise<void> {
    const tail = this.state.tail;
    if (!tail) return;
    this.wantsOlder = false;
    if (tail.isReplaced) return;
    if (begin(tail) === 0) return this.put({ note: "(AT BEGINNING OF FILE)" });
    this.put({ note: "(PAGING)" });
    const isDone = await this.run("paging", "(FAILED TO PAGE ... RETRYING)", async () => {
      const next = await pageBack(tail, this.fetchChunk);
      this.put({ tail: next, note: next.isReplaced ? "(ANOTHER FILE HAS THIS NAME NOW)" : "(PAGED)" });
    });
    this.wantsOlder = !isDone;
  }

  private async run(kind: "following" | "paging", failure: string, work: () => Promise<void>): Promise<boolean> {
    this.busyWith = kind;
    try {
      await work();
      this.put({ error: undefined });
      return true;
    } catch (thrown) {
      this.put({ note: failure, error: thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown)) });
      return false;
    } finally {
      this.busyWith = "";
    }
  }

  private put(changes: Partial<TailState>): void {
    const next = { ...this.state, ...changes };
    const isSame = next.tail === this.state.tail && next.note === this.state.note && next.error === this.state.error;
    this.state = next;
    if (!isSame) this.show(next);
  }
}

export function useTail(fetchChunk: Fetch, key: string, isFollowing: () => boolean) {
  const [state, setState] = useState<TailState>({ tail: null, note: "(LOADING)" });
  const reader = useRef<TailReader>();

  useEffect(() => {
    let isStopped = false;
    const mine = new TailReader(fetchChunk, isFollowing, (next) => isStopped || setState(next));
    reader.current = mine;
    const step = async () => {
      if (isStopped || document.visibilityState === "hidden") return;
      if (await mine.step()) setTimeout(step);
    };
    void step();
    const timer = setInterval(step, 1000);
    return () => {
      isStopped = true;
      clearInterval(timer);
    };
  }, [key]);

  return { ...state, pageBack: () => void reader.current?.older() };
}
