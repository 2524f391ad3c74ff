// The end of a growing file as pieces of text (thermos-executor.md §21.6). A file of any size opens at once: only
// pieces are ever fetched, and only so many kept.

import { useEffect, useRef, useState } from "preact/hooks";

import { ApiError } from "./api";
import type { Chunk } from "./types";

const CHUNK = 50_000;
const BACK = 32_768;
const KEPT = 400_000; // bytes on the page; older ones are fetched again when they are scrolled to
const PIECES_MAX = 2_000;

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
  const isAnother = chunk.fileId !== tail.fileId || chunk.size < end(tail);
  if (isAnother || chunk.size - end(tail) > KEPT) return open(fetchChunk);
  if (!chunk.length) return chunk.size === tail.size ? tail : { ...tail, size: chunk.size };
  return trimmed({ ...tail, pieces: [...tail.pieces, pieceOf(chunk)], size: chunk.size });
}

export function useTail(fetchChunk: Fetch, key: string, isFollowing: () => boolean) {
  const [tail, setTail] = useState<Tail | null>(null);
  const [note, setNote] = useState("(LOADING)");
  const [error, setError] = useState<ApiError>();
  const state = useRef<Tail | null>(null);
  const isBusy = useRef(false);

  const show = (next: Tail) => {
    if (next !== state.current) setTail((state.current = next));
  };
  // One at a time; what fails is tried again by the timer.
  const run = async (work: () => Promise<void>, failure: string) => {
    if (isBusy.current) return;
    isBusy.current = true;
    try {
      await work();
      setError(undefined);
    } catch (thrown) {
      setNote(failure);
      setError(thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown)));
    }
    isBusy.current = false;
  };

  useEffect(() => {
    let isStopped = false;
    const step = async () => {
      const now = state.current;
      if (isStopped || document.visibilityState === "hidden" || (now && !isFollowing() && end(now) - begin(now) > KEPT)) return;
      await run(async () => {
        const next = now ? await follow(now, fetchChunk) : await open(fetchChunk);
        if (isStopped) return;
        show(next);
        setNote("");
        if (now && end(next) - end(now) >= CHUNK) setTimeout(step); // there is more
      }, now ? "(FAILED TO TAIL ... RETRYING)" : "(FAILED TO INITIALIZE ... RETRYING)");
    };
    void step();
    const timer = setInterval(step, 1000);
    return () => {
      isStopped = true;
      clearInterval(timer);
    };
  }, [key]);

  const pageBack = () => {
    const now = state.current;
    if (!now || isBusy.current) return;
    if (begin(now) === 0) return setNote("(AT BEGINNING OF FILE)");
    setNote("(PAGING)");
    void run(async () => {
      const from = Math.max(0, begin(now) - BACK);
      const older = await fetchChunk(from, begin(now) - from);
      show({ ...now, pieces: [pieceOf(older), ...now.pieces] });
      setNote("(PAGED)");
    }, "(FAILED TO PAGE ... RETRYING)");
  };
  return { tail, note, error, pageBack };
}
