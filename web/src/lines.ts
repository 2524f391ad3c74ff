// Lines of all logs of a task as they are written, or those in which a text is: pages of GET /v1/tasks/{id}/logs.

import { useEffect, useRef, useState } from "preact/hooks";

import { ApiError } from "./api";
import type { LogLine, LogLines } from "./types";

const KEPT = 2_000; // lines on the page
const FIRST = 500;
const PAUSE_MS = 1_000;

export interface LinesQuery {
  process?: string;
  stream?: string;
  search?: string;
}
export type FetchLines = (query: Record<string, string | number | boolean | undefined>) => Promise<LogLines>;

// An unfinished line comes again, whole; older lines than can be kept go.
export function joined(lines: LogLine[], more: LogLine[]): LogLine[] {
  const whole = lines.filter((line) => !line.isUnfinished);
  return more.length || whole.length < lines.length ? [...whole, ...more].slice(-KEPT) : lines;
}

export interface Lines {
  lines?: LogLine[];
  error?: ApiError;
  cursor?: string; // of a search: there is more
  more: () => void;
}

export function useLines(fetchLines: FetchLines, id: string, query: LinesQuery): Lines {
  const about = JSON.stringify([id, query]);
  const [state, setState] = useState<{ about: string; lines?: LogLine[]; error?: ApiError; cursor?: string }>({ about });
  const goOn = useRef<() => void>(() => {});
  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let cursor: string | undefined;
    let lines: LogLine[] = [];
    const isSearch = !!query.search;
    const next = async () => {
      if (isGone) return;
      let pause = PAUSE_MS;
      try {
        if (document.visibilityState === "visible") {
          const page = await fetchLines({ ...query, run: "all", ...(isSearch ? { context: 2, ignoreCase: true } : cursor ? {} : { tail: FIRST }), cursor });
          if (isGone) return;
          cursor = page.cursor;
          lines = isSearch ? [...lines, ...page.lines] : joined(lines, page.lines);
          setState({ about, lines, cursor: page.hasMore ? cursor : undefined });
          if (page.hasMore && !isSearch) pause = 0;
        }
      } catch (error) {
        if (!isGone) setState((last) => ({ ...last, about, error: error instanceof ApiError ? error : new ApiError(0, String(error)) }));
      }
      if (!isSearch) timer = setTimeout(next, pause);
    };
    goOn.current = () => void next();
    void next();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [about]);
  const more = () => goOn.current(); // of a search
  return state.about === about ? { ...state, more } : { more };
}
