// The small pieces every page is made of.

import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";

import { bytes, cores, localTime, megabytes, relativeTime, utcTime } from "../format";
import { type Live, useTick } from "../live";
import { setPageTitle } from "../title";
import type { Tone } from "../types";

// What the scheduler says of itself.
export const noSite = {
  statusMeanings: {} as Record<string, string>, // what each means; on hover
  statsUrlPrefix: "", // role.environment.name behind it: where the site's monitoring has figures of a job; empty: nowhere
};
export const Site = createContext(noSite);

export function Status({ tone, children }: { tone?: Tone; children: ComponentChildren }) {
  const meaning = useContext(Site).statusMeanings[String(children)];
  return <span class={`status tone-${tone ?? "neutral"}`} title={meaning}>{children}</span>;
}

// "17 minutes ago", with the moment in the viewer's zone and in UTC on hover.
export function Ago({ at }: { at?: number }) {
  useTick(5000);
  if (!at) return null;
  return (
    <time dateTime={new Date(at).toISOString()} title={`${localTime(at)} local, ${utcTime(at)}`}>
      {relativeTime(at, Date.now())}
    </time>
  );
}

export function Moment({ at }: { at?: number }) {
  if (!at) return null;
  return (
    <time dateTime={new Date(at).toISOString()} title={utcTime(at)}>
      {localTime(at)}
    </time>
  );
}

// An id in a fixed-width font: a click copies it, also where pages served without TLS have no clipboard.
export function Copyable({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const code = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    getSelection()?.selectAllChildren(code.current!);
    setCopied(document.execCommand("copy"));
  };
  return (
    <span class="copyable">
      <code ref={code}>{text}</code>
      <button class="copy" title="Copy" aria-label={`Copy ${text}`} onClick={copy}>{copied ? "copied" : "copy"}</button>
    </span>
  );
}

// How much of `total` is in use, with both in words. A total of nothing has no bar.
export function UseBar({ label, used, total, text }: { label: string; used: number; total: number; text: string }) {
  const percent = total > 0 ? Math.min(100, (100 * used) / total) : 0;
  return (
    <div class="use-bar">
      <span class="use-label">{label}</span>
      <span class="use-track" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(percent)} aria-valuetext={text}>
        <span class={`use-fill${percent >= 90 ? " full" : ""}`} style={{ width: `${percent}%` }} />
      </span>
      <span class="use-text">{text}</span>
    </div>
  );
}

// The same below a figure in a table.
export function Use({ used, total, text }: { used: number; total: number; text: string }) {
  const percent = total > 0 ? Math.min(100, (100 * used) / total) : 0;
  return (
    <span class="use">
      {text}
      <span class="use-track" aria-hidden="true"><span class={`use-fill${percent >= 90 ? " full" : ""}`} style={{ width: `${percent}%` }} /></span>
    </span>
  );
}

export function Panel({ title, aside, children }: { title?: ComponentChildren; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="panel">
      {(title || aside) && (
        <div class="panel-head">
          <h2>{title}</h2>
          <div class="aside">{aside}</div>
        </div>
      )}
      {children}
    </section>
  );
}

export interface Crumb {
  text: string;
  href?: string;
}

// `tab` is the page's part of the browser tab's title; the title itself if that is a text.
export function PageHead({ title, tab, crumbs, sub }: { title: ComponentChildren; tab?: string; crumbs: Crumb[]; sub?: ComponentChildren }) {
  const text = tab ?? (typeof title === "string" ? title : "");
  useEffect(() => setPageTitle(text), [text]);
  return (
    <div class="page-head">
      <nav class="crumbs" aria-label="breadcrumb">
        {crumbs.map(({ text: name, href }, i) => (
          <>
            {i > 0 && <span class="sep" aria-hidden="true">›</span>}
            {href && i < crumbs.length - 1 ? <a href={href}>{name}</a> : <b aria-current="page">{name}</b>}
          </>
        ))}
      </nav>
      <h1>{title}</h1>
      {sub && <p class="sub">{sub}</p>}
    </div>
  );
}

// What a page waits for, or what went wrong and what to do. That nothing answers is said once, by the layout; the
// last good answer stays on the page.
export function LiveState<T>({ live, what, next }: { live: Live<T>; what: string; next?: ComponentChildren }) {
  if (live.error && live.error.status !== 0) {
    return (
      <div class="error" role="alert">
        {what}: {live.error.message}
        {live.error.status === 404 && next && <div class="next">{next}</div>}
      </div>
    );
  }
  if (!live.data) return <p class="loading">Loading…</p>;
  return null;
}

export function Search({ value, onChange, label, focus }: { value: string; onChange: (text: string) => void; label: string; focus?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focus) input.current?.focus({ preventScroll: true });
  }, []);
  return (
    <input
      class="search" type="search" ref={input} value={value} placeholder={label} aria-label={label} title={label}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}

// The pages that a pager offers: the first, the last, and those about the present one.
function pagesAbout(page: number, pages: number): number[] {
  const ABOUT = 7;
  const first = Math.max(0, Math.min(page - 3, pages - ABOUT));
  const about = Array.from({ length: Math.min(ABOUT, pages) }, (_, i) => first + i);
  return [...new Set([0, ...about, pages - 1])].filter((n) => n >= 0 && n < pages);
}

export function Pager({ page, size, total, onPage }: { page: number; size: number; total: number; onPage: (page: number) => void }) {
  const pages = Math.ceil(total / size);
  if (pages <= 1 && page === 0) return null;
  return (
    <nav class="pager" aria-label="pages">
      <button disabled={page === 0} onClick={() => onPage(Math.min(page, pages) - 1)}>‹ Previous</button>
      {pagesAbout(page, pages).map((n, i, all) => (
        <>
          {i > 0 && n > all[i - 1] + 1 && <span class="muted" aria-hidden="true">…</span>}
          <button class={n === page ? "current" : ""} aria-label={`Page ${n + 1}`} aria-current={n === page ? "page" : undefined}
            onClick={() => onPage(n)}>{n + 1}</button>
        </>
      ))}
      <button disabled={page >= pages - 1} onClick={() => onPage(page + 1)}>Next ›</button>
      <span class="muted">{page < pages ? `${page * size + 1} to ${Math.min(total, (page + 1) * size)} of ${total}` : `${total} in all`}</span>
    </nav>
  );
}

export function Tabs({ tabs, current, onChange }: { tabs: [string, ComponentChildren][]; current: string; onChange: (id: string) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = (tabs.findIndex(([id]) => id === current) + step + tabs.length) % tabs.length;
    onChange(tabs[at][0]);
    list.current?.querySelectorAll("button")[at].focus();
  };
  return (
    <div class="tabs" role="tablist" ref={list} onKeyDown={onKeyDown}>
      {tabs.map(([id, label]) => (
        <button key={id} role="tab" aria-selected={id === current} tabIndex={id === current ? 0 : -1} onClick={() => onChange(id)}>{label}</button>
      ))}
    </div>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  const isShown = (value: ComponentChildren) => value !== undefined && value !== null && value !== false && value !== "" && !(Array.isArray(value) && !value.length);
  return (
    <dl class="facts">
      {rows.filter(([, value]) => isShown(value)).map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

export const cpuText = (cpus: number) => `${cores(cpus)} ${cpus === 1 ? "core" : "cores"}`;
export const ramText = megabytes;
export const sizeText = bytes;
