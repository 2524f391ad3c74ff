// Data that keeps itself fresh: asks again every `everyMs` while the page is visible, keeps the last answer when a
// call fails, and never lets an old answer overwrite a newer one.

import { useEffect, useRef, useState } from "preact/hooks";

export interface Live<T> {
  data?: T;
  error?: string;
  reload: () => void;
}

export function useLive<T>(load: () => Promise<T>, inputs: unknown[], everyMs = 5000): Live<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: string }>({ key: "" });
  const key = JSON.stringify(inputs);
  const generation = useRef(0);
  const ask = useRef<() => void>(() => {});

  useEffect(() => {
    const mine = ++generation.current;
    const isCurrent = () => generation.current === mine;
    ask.current = () => {
      load().then(
        (data) => isCurrent() && setState({ key, data }),
        (error: Error) =>
          isCurrent() && setState((last) => ({ key, data: last.key === key ? last.data : undefined, error: error.message })),
      );
    };
    ask.current();
    const timer = setInterval(() => document.visibilityState === "visible" && ask.current(), everyMs);
    const onVisible = () => document.visibilityState === "visible" && ask.current();
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [key, everyMs]);

  return state.key === key
    ? { data: state.data, error: state.error, reload: () => ask.current() }
    : { reload: () => ask.current() };
}

// Renders the component again every `everyMs`, so that its relative times stay true.
export function useTick(everyMs: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

// A piece of the URL's query as state, so that a page can be linked and reloaded as it is.
export function useQueryState(name: string, initial: string): [string, (value: string) => void] {
  const read = () => new URLSearchParams(location.search).get(name) ?? initial;
  const [value, setValue] = useState(read);
  const set = (next: string) => {
    const params = new URLSearchParams(location.search);
    if (next === initial) params.delete(name);
    else params.set(name, next);
    const query = params.toString();
    history.replaceState(null, "", location.pathname + (query ? `?${query}` : ""));
    setValue(next);
  };
  return [value, set];
}
