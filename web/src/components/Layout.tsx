import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

import { executor, scheduler } from "../api";
import { useLive } from "../live";

// The bar on top of every page. On an executor it leads back to the scheduler.
export function Layout({ mode, children }: { mode: string; children: ComponentChildren }) {
  return (
    <>
      {mode === "executor" ? <ExecutorBar /> : <SchedulerBar />}
      <main>{children}</main>
    </>
  );
}

const Logo = () => <img class="logo" src="/assets/aurora.svg" alt="" />;

function SchedulerBar() {
  const cluster = useLive(scheduler.cluster, [], 60_000).data;
  useEffect(() => {
    document.title = cluster ? `[${cluster.clusterName}] Aurora` : "Aurora";
  }, [cluster?.clusterName]);
  return (
    <header>
      <a class="home" href="/scheduler">
        <Logo /> Aurora {cluster && <span class="cluster">{cluster.clusterName}</span>}
      </a>
      <nav>
        <a href="/scheduler">jobs</a>
        <a href="/updates">updates</a>
        <a href="/hosts">hosts</a>
      </nav>
    </header>
  );
}

function ExecutorBar() {
  const host = useLive(executor.host, [], 60_000).data;
  useEffect(() => {
    document.title = host ? `thermos(${host.host})` : "thermos";
  }, [host?.host]);
  return (
    <header>
      <a class="home" href="/">
        <Logo /> Aurora host {host && <span class="cluster">{host.host}</span>}
      </a>
      <nav>
        <a href="/">tasks</a>
        {host?.schedulerUrl && (
          <a href={`${host.schedulerUrl}/scheduler`} target="_self">
            scheduler
          </a>
        )}
      </nav>
    </header>
  );
}
