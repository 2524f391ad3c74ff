import { executor } from "../../api";
import { Facts, LiveState, Moment, PageHead, Panel, sizeText, Status } from "../../components/Basics";
import { useLive } from "../../live";

export function ProcessPage({ id, process }: { id: string; process: string }) {
  const live = useLive(() => executor.process(id, process), [id, process], 2000);
  const latest = live.data?.runs[0];
  const log = (run: number, stream: string) => `/logs/${id}/${encodeURIComponent(process)}/${run}/${stream}`;
  return (
    <>
      <PageHead title={`process ${process}`} crumbs={[{ text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: process }]} />
      <LiveState live={live} what="Process" />
      {live.data && (
        <>
          <Panel title="Process">
            <Facts
              rows={[
                ["parent task", <a href={`/task/${id}`}>{id}</a>],
                ["status", latest ? <Status tone={latest.tone}>{latest.state}</Status> : "has not run"],
                ["cpu", latest?.cpu !== undefined ? latest.cpu.toFixed(3) : "N/A"],
                ["ram", latest?.ramBytes ? sizeText(latest.ramBytes) : "N/A"],
              ]}
            />
            <h3>cmdline</h3>
            <pre>{live.data.cmdline}</pre>
          </Panel>
          <Panel title="Runs">
            <table class="list">
              <thead><tr><th class="number">run</th><th>status</th><th class="number">return code</th><th>started</th><th>finished</th><th>stdout</th><th>stderr</th></tr></thead>
              <tbody>
                {live.data.runs.map((run) => (
                  <tr key={run.run}>
                    <td class="number">{run.run}</td>
                    <td><Status tone={run.tone}>{run.state}</Status></td>
                    <td class="number">{run.returnCode || ""}</td>
                    <td><Moment at={run.startMs} /></td>
                    <td><Moment at={run.stopMs} /></td>
                    <td><a href={log(run.run, "stdout")}>stdout</a></td>
                    <td><a href={log(run.run, "stderr")}>stderr</a></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        </>
      )}
    </>
  );
}
