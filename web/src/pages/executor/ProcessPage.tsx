import { executor } from "../../api";
import { Facts, LiveState, PageHead, Panel, sizeText, Status } from "../../components/Basics";
import { Table } from "../../components/Table";
import { UsageCharts } from "../../components/UsageCharts";
import { useLive } from "../../live";
import { logColumns, noSuchTask, RUN_COLUMNS } from "./HostTaskPage";

const secsText = (secs?: number) => (secs === undefined ? "N/A" : `${secs.toFixed(1)}s`);

export function ProcessPage({ id, process }: { id: string; process: string }) {
  const live = useLive(() => executor.process(id, process), [id, process], 2000);
  const usage = useLive(() => executor.usage(id), id, 10_000).data;
  const newestFirst = [...(live.data?.runs ?? [])].reverse();
  const latest = newestFirst[0];
  return (
    <>
      <PageHead title={`process ${process}`} crumbs={[{ text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: process }]} />
      <LiveState live={live} what="Process" next={noSuchTask} />
      {live.data && (
        <>
          <div class="columns">
            <Panel title="Process">
              <Facts
                rows={[
                  ["parent task", <a href={`/task/${id}`}>{id}</a>],
                  ["process name", process],
                  ["status", latest ? <Status tone={latest.tone}>{latest.state}</Status> : "has not run"],
                  ["could not be started", latest?.detail],
                ]}
              />
            </Panel>
            <Panel title="Resources">
              <Facts
                rows={[
                  ["cpu", latest?.cpu !== undefined ? latest.cpu.toFixed(3) : "N/A"],
                  ["ram", latest?.ramBytes ? sizeText(latest.ramBytes) : "N/A"],
                  ["total user", secsText(latest?.userSecs)],
                  ["total sys", secsText(latest?.systemSecs)],
                  ["threads", latest?.threads !== undefined ? String(latest.threads) : "N/A"],
                ]}
              />
            </Panel>
          </div>
          <Panel title="Used in the last hour"><UsageCharts points={usage?.processes[process]} /></Panel>
          {live.data.cmdline && <Panel title="cmdline"><pre>{live.data.cmdline}</pre></Panel>}
          <Panel title="Runs">
            {newestFirst.length ? <Table columns={[...RUN_COLUMNS, ...logColumns(id)]} rows={newestFirst} keyOf={({ run }) => run} label="Runs" /> : (
              <p class="muted">It has not run yet: it waits for the processes before it.</p>
            )}
          </Panel>
        </>
      )}
    </>
  );
}
