// Parts of pages that have files of their own, loaded when they are looked at.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  return function Later(props: Props) {
    const [state, setState] = useState<{ Part?: ComponentType<Props>; error?: string }>({});
    useEffect(() => {
      load().then((Part) => setState({ Part }), (error: unknown) => setState({ error: String(error) }));
    }, []);
    if (state.error) return <div class="error" role="alert">This part of the page could not be loaded: {state.error}. Load the page again.</div>;
    return state.Part ? <state.Part {...props} /> : <p class="loading">Loading…</p>;
  };
}
