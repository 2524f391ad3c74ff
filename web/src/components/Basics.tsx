// The small pieces every page is made of.

import type { ComponentChildren } from "preact";

import { bytes, cores, localTime, megabytes, relativeTime, utcTime } from "../format";
import { type Live, useTick } from "../live";
import type { Tone } from "../types";

export function Status({ tone, children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`status tone-${tone ?? "neutral"}`}>{children}</span>;
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

export function PageHead({ title, crumbs, sub }: { title: ComponentChildren; crumbs: Crumb[]; sub?: ComponentChildren }) {
  return (
    <div class="page-head">
      <nav class="crumbs" aria-label="breadcrumb">
        {crumbs.map(({ text, href }, i) => (
          <>
            {i > 0 && <span class="sep">›</span>}
            {href ? <a href={href}>{text}</a> : <b>{text}</b>}
          </>
        ))}
      </nav>
      <h1>{title}</h1>
      {sub && <p class="sub">{sub}</p>}
    </div>
  );
}

// Shows what a page waits for or what went wrong; the last good answer stays on the page.
export function LiveState<T>({ live, what }: { live: Live<T>; what: string }) {
  if (live.error) return <p class="error" role="alert">{what}: {live.error}</p>;
  if (!live.data) return <p class="loading">Loading…</p>;
  return null;
}

export function Search({ value, onChange, label }: { value: string; onChange: (text: string) => void; label: string }) {
  return (
    <input
      class="search" type="search" value={value} placeholder={label} aria-label={label}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function Pager({ page, size, total, onPage }: { page: number; size: number; total: number; onPage: (page: number) => void }) {
  const pages = Math.ceil(total / size);
  if (pages <= 1) return null;
  const first = Math.max(0, Math.min(page - 4, pages - 9));
  const shown = Array.from({ length: Math.min(9, pages) }, (_, i) => first + i);
  return (
    <nav class="pager" aria-label="pages">
      <button disabled={page === 0} onClick={() => onPage(page - 1)}>‹ Previous</button>
      {shown.map((n) => (
        <button class={n === page ? "current" : ""} onClick={() => onPage(n)}>{n + 1}</button>
      ))}
      <button disabled={page >= pages - 1} onClick={() => onPage(page + 1)}>Next ›</button>
      <span class="muted">{page * size + 1} to {Math.min(total, (page + 1) * size)} of {total}</span>
    </nav>
  );
}

export function Tabs({ tabs, current, onChange }: { tabs: [string, ComponentChildren][]; current: string; onChange: (id: string) => void }) {
  return (
    <div class="tabs" role="tablist">
      {tabs.map(([id, label]) => (
        <button role="tab" aria-selected={id === current} onClick={() => onChange(id)}>{label}</button>
      ))}
    </div>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <table class="facts">
      <tbody>
        {rows.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([name, value]) => (
          <tr><th scope="row">{name}</th><td>{value}</td></tr>
        ))}
      </tbody>
    </table>
  );
}

export const cpuText = (cpus: number) => `${cores(cpus)} ${cpus === 1 ? "core" : "cores"}`;
export const ramText = megabytes;
export const sizeText = bytes;
