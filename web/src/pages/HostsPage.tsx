import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { Ago, LiveState, PageHead, Pager, Panel, Status } from "../components/Basics";
import { cores, megabytes } from "../format";
import { useLive } from "../live";
import type { Host } from "../types";

const PAGE_SIZE = 25;

function Row({ host }: { host: Host }) {
  const used = (free: number, all: number) => all - free;
  return (
    <tr>
      <td><a href={host.executorUrl} target="_self">{host.host}</a></td>
      <td>
        {host.isConnected ? <Status tone="ok">connected</Status> : <Status tone="failed">not reporting</Status>}{" "}
        {host.mode !== "NONE" && <Status tone="attention">{host.mode}</Status>}
      </td>
      <td class="number">{host.taskCount}</td>
      <td class="number">{cores(used(host.available.cpus, host.capacity.cpus))} of {cores(host.capacity.cpus)}</td>
      <td class="number">{megabytes(used(host.available.ramMb, host.capacity.ramMb))} of {megabytes(host.capacity.ramMb)}</td>
      <td class="number">{megabytes(used(host.available.diskMb, host.capacity.diskMb))} of {megabytes(host.capacity.diskMb)}</td>
      <td class="small">{Object.entries(host.attributes).map(([name, values]) => `${name}: ${values.join(",")}`).join(" · ")}</td>
      <td><Ago at={host.lastSeenMs} /></td>
    </tr>
  );
}

export function HostsPage() {
  const [page, setPage] = useState(0);
  const live = useLive(() => scheduler.hosts(page * PAGE_SIZE, PAGE_SIZE), [page]);
  return (
    <>
      <PageHead title="Hosts" crumbs={[{ text: "Home", href: "/scheduler" }, { text: "Hosts" }]} />
      <Panel>
        <LiveState live={live} what="Error fetching hosts" />
        {live.data && (
          <table class="list">
            <thead>
              <tr><th>Host</th><th>State</th><th class="number">Tasks</th><th class="number">CPU</th><th class="number">RAM</th>
                <th class="number">Disk</th><th>Attributes</th><th>Last report</th></tr>
            </thead>
            <tbody>{live.data.hosts.map((host) => <Row key={host.host} host={host} />)}</tbody>
          </table>
        )}
        {live.data?.total === 0 && <p class="muted">No host has registered. Start one with: aurora executor --scheduler_url URL</p>}
        {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
      </Panel>
    </>
  );
}
