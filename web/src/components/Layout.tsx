import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";

import { executor, onContact, scheduler } from "../api";
import { useLive } from "../live";
import { setPlace } from "../title";
import { noSite, Site } from "./Basics";
import { SearchBox } from "./SearchBox";

// The bar on top of every page. On an executor it leads back to the scheduler.
export function Layout({ mode, children }: { mode: string; children: ComponentChildren }) {
  return mode === "executor" ? <ExecutorLayout>{children}</ExecutorLayout> : <SchedulerLayout>{children}</SchedulerLayout>;
}

const Logo = () => <img class="logo" src="/assets/aurora.svg" alt="" width="26" height="26" />;

// Over the page, so that nothing jumps when it comes and goes.
function NoAnswer({ from }: { from: string }) {
  const [isLost, setLost] = useState(false);
  useEffect(() => onContact((isReached) => setLost(!isReached)), []);
  return isLost ? <div class="no-answer" role="alert">No answer from {from}. What you see may be old; trying again…</div> : null;
}

function NavLink({ href, children }: { href: string; children: ComponentChildren }) {
  const { path } = useLocation();
  const isHere = path === href || path.startsWith(`${href}/`);
  return <a href={href} aria-current={isHere ? "page" : undefined}>{children}</a>;
}

function SchedulerLayout({ children }: { children: ComponentChildren }) {
  const cluster = useLive(scheduler.cluster, [], 60_000).data;
  useEffect(() => setPlace(cluster ? `[${cluster.clusterName}] Aurora` : "Aurora"), [cluster?.clusterName]);
  return (
    <Site.Provider value={cluster ?? noSite}>
      <header>
        <a class="home" href="/">
          <Logo /> Aurora <span class="cluster">{cluster?.clusterName}</span>
        </a>
        <SearchBox />
        <nav aria-label="main">
          <NavLink href="/scheduler">jobs</NavLink>
          <NavLink href="/updates">updates</NavLink>
          <NavLink href="/pending">pending</NavLink>
          <NavLink href="/hosts">hosts</NavLink>
        </nav>
      </header>
      <main>{children}</main>
      <NoAnswer from="the scheduler" />
    </Site.Provider>
  );
}

function ExecutorLayout({ children }: { children: ComponentChildren }) {
  const host = useLive(executor.host, [], 60_000).data;
  useEffect(() => setPlace(host ? `thermos(${host.host})` : "thermos"), [host?.host]);
  return (
    <>
      <header>
        <a class="home" href="/">
          <Logo /> Aurora host <span class="cluster">{host?.host}</span>
        </a>
        <nav aria-label="main">
          <a href="/">tasks</a>
          {host?.schedulerUrl && <a href={`${host.schedulerUrl}/scheduler`} target="_self">scheduler</a>}
        </nav>
      </header>
      <main>{children}</main>
      <NoAnswer from={`the executor${host ? ` on ${host.host}` : ""}`} />
    </>
  );
}
