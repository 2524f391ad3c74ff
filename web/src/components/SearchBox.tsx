// One box for everything that has a name: / focuses it, the arrows choose, Enter goes there, Escape closes it.

import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";

import { scheduler } from "../api";
import type { Found } from "../types";

const PAUSE_MS = 150; // of typing

interface Hit {
  kind: string;
  text: string;
  href: string;
}

export function hitsOf({ roles, jobs, hosts, updates, taskId, taskInstance }: Found): Hit[] {
  const hits: Hit[] = [];
  if (taskId && taskInstance) {
    const [role, environment, name] = taskInstance.split("/");
    hits.push({ kind: "task", text: taskId, href: `/scheduler/${role}/${environment}/${name}/task/${taskId}` });
  }
  for (const { job, id } of updates) {
    const key = `${job.role}/${job.environment}/${job.name}`;
    hits.push({ kind: "update", text: `${key} ${id}`, href: `/scheduler/${key}/update/${id}` });
  }
  for (const { role, environment, name } of jobs) hits.push({ kind: "job", text: `${role}/${environment}/${name}`, href: `/scheduler/${role}/${environment}/${name}` });
  for (const role of roles) hits.push({ kind: "role", text: role, href: `/scheduler/${role}` });
  for (const host of hosts) hits.push({ kind: "host", text: host, href: `/hosts?search=${encodeURIComponent(host)}` });
  return hits;
}

const isTyping = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function SearchBox() {
  const { route } = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [hits, setHits] = useState<Hit[] | undefined>();
  const [at, setAt] = useState(0);
  const close = () => {
    setText("");
    setHits(undefined);
    input.current?.blur();
  };
  const go = (hit?: Hit) => {
    if (!hit) return;
    close();
    route(hit.href);
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  useEffect(() => {
    const wanted = text.trim();
    if (!wanted) return setHits(undefined);
    let isCurrent = true;
    const timer = setTimeout(async () => {
      try {
        const found = hitsOf(await scheduler.search(wanted));
        if (!isCurrent) return;
        setHits(found);
        setAt(0);
      } catch {
        // The layout says that nothing answers; the next letter asks again.
      }
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") return close();
    if (event.key === "Enter") return go(hits?.[at]);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !hits?.length) return;
    event.preventDefault();
    setAt((at + step + hits.length) % hits.length);
  };
  return (
    <div class="find" role="search">
      <input ref={input} type="search" placeholder="Find a job, role, host, task… ( / )" aria-label="Find a job, role, host, task or update" value={text}
        role="combobox" aria-expanded={!!hits} aria-controls="found" aria-activedescendant={hits?.length ? `found-${at}` : undefined}
        onInput={({ currentTarget }) => setText(currentTarget.value)} onKeyDown={onKeyDown} onBlur={() => setHits(undefined)} />
      {hits && (
        <ul id="found" role="listbox" aria-label="What was found">
          {hits.map((hit, i) => (
            // Before the box loses the focus, which closes the list.
            <li key={hit.href} id={`found-${i}`} role="option" aria-selected={i === at} onMouseDown={(event) => { event.preventDefault(); go(hit); }}>
              <span class="kind">{hit.kind}</span> {hit.text}
            </li>
          ))}
          {!hits.length && <li class="muted" role="option" aria-selected={false}>Nothing has “{text.trim()}” in its name. Of a task the whole id finds it.</li>}
        </ul>
      )}
    </div>
  );
}
