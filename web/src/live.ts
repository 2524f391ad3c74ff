// Data that keeps itself fresh: asks again every `everyMs` while the page is visible, or when something happens where
// that is known; keeps the last answer when a call fails, and never lets an old answer overwrite a newer one.

import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";

import { ApiError } from "./api";
import { subscribe } from "./events";
import type { EventFilter } from "./events";

export interface Live<T> {
  data?: T;
  error?: ApiError;
}

const QUIET_MS = 15_000; // between two looks while events could come and do not: not all that is shown makes one
const AFTERMATH_MS = 10_000; // after one it is looked as often as without: why a task waits is found a little later
const GATHER_MS = 150; // what happens at once is looked at once

// `subject` is what the data is about; `view` which part of it (page, order, search). While another part of the same
// subject is loading, the last one stays on the page. With `events`, which change the data, it is asked for when they come,
// every `everyMs` at most; without them, or while they do not come, every `everyMs`.
export function useLive<T>(load: () => Promise<T>, subject: unknown, everyMs = 5000, view: unknown = 0, events?: EventFilter): Live<T> {
  const [state, setState] = useState<Live<T> & { subject: string }>({ subject: "" });
  const about = JSON.stringify(subject);
  const part = JSON.stringify(view);
  const wanted = JSON.stringify(events ?? null);
  const generation = useRef(0);

  useEffect(() => {
    const mine = ++generation.current;
    const isCurrent = () => generation.current === mine;
    let isAsking = false;
    let isStale = false; // something has happened since it was asked for
    let askedAt = 0;
    let isFollowed = false;
    let happenedAt = Date.now();
    const ask = async () => {
      if (isAsking || document.visibilityState !== "visible") return;
      isAsking = true;
      isStale = false;
      askedAt = Date.now();
      try {
        const data = await load();
        if (isCurrent()) setState({ subject: about, data });
      } catch (error) {
        const apiError = error instanceof ApiError ? error : new ApiError(0, String(error));
        if (isCurrent()) setState((last) => ({ subject: about, data: last.subject === about ? last.data : undefined, error: apiError }));
      }
      isAsking = false;
      if (isStale && isCurrent()) askSoon();
    };
    let soon: ReturnType<typeof setTimeout> | undefined;
    const askSoon = () => {
      isStale = true;
      if (soon || isAsking) return;
      soon = setTimeout(() => {
        soon = undefined;
        void ask();
      }, Math.max(GATHER_MS, askedAt + everyMs - Date.now()));
    };
    const filter = JSON.parse(wanted) as EventFilter | null;
    const leave = filter && subscribe(filter, {
      onEvent: () => {
        happenedAt = Date.now();
        askSoon();
      },
      onLive: (isLive) => {
        isFollowed = isLive;
        if (isLive) askSoon();
      },
    });
    void ask();
    const timer = setInterval(() => {
      const isQuiet = isFollowed && Date.now() - happenedAt > AFTERMATH_MS;
      if (!isQuiet || Date.now() - askedAt >= QUIET_MS) void ask();
    }, everyMs);
    document.addEventListener("visibilitychange", ask);
    return () => {
      clearInterval(timer);
      clearTimeout(soon);
      leave?.();
      document.removeEventListener("visibilitychange", ask);
    };
  }, [about, part, wanted, everyMs]);

  return state.subject === about ? state : {};
}

// Renders the component again every `everyMs`, so that its relative times stay true.
export function useTick(everyMs: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

export type Query = Record<string, string>;

// The address's query as state, so that a page can be linked and reloaded as it is. Setting "" takes a name out. Each change is
// an entry of the browser's history, but for what is typed (`isTyped`): nobody goes back letter by letter.
export function useQuery(): [Query, (changes: Query, isTyped?: boolean) => void] {
  const { query, path, route } = useLocation();
  const change = (changes: Query, isTyped = false) => {
    const params = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) params.set(name, value);
      else params.delete(name);
    }
    const text = params.toString();
    const next = path + (text ? `?${text}` : "");
    if (next !== path + location.search) route(next, isTyped);
  };
  return [query, change];
}

// A list's page, search text, order and direction in the query, each name with `prefix`: two lists may share a page.
export interface ListState {
  page: number;
  search: string;
  sort: string;
  reverse: boolean;
  setPage: (page: number) => void;
  setSearch: (text: string) => void;
  sortBy: (sort: string) => void; // again: the other direction
}

export function useListState(firstSort = "", prefix = ""): ListState {
  const [query, change] = useQuery();
  const name = (text: string) => (prefix ? prefix + text[0].toUpperCase() + text.slice(1) : text);
  const put = (changes: Query, isTyped = false) => change(Object.fromEntries(Object.entries(changes).map(([key, value]) => [name(key), value])), isTyped);
  const sort = query[name("sort")] ?? firstSort;
  const reverse = query[name("reverse")] === "true";
  return {
    page: Math.max(0, (parseInt(query[name("page")] ?? "1", 10) || 1) - 1),
    search: query[name("search")] ?? "",
    sort,
    reverse,
    setPage: (page) => put({ page: page ? String(page + 1) : "" }),
    setSearch: (text) => put({ search: text, page: "" }, true),
    sortBy: (next) => put({
      sort: next === firstSort ? "" : next, reverse: next === sort && !reverse ? "true" : "", page: "",
    }),
  };
}
