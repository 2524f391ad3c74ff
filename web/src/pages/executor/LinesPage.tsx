import { useMemo, useState } from "preact/hooks";

import { executor } from "../../api";
import { LiveState, PageHead } from "../../components/Basics";
import { LogView } from "../../components/LogView";
import { KeptLine } from "../../logBuffer";
import { type Lines, useLines } from "../../lines";
import { useLive, useQuery } from "../../live";
import type { LogLine } from "../../types";
import { logUrl, noSuchTask } from "./HostTaskPage";

interface Origins {
  hasProcess: boolean;
  hasStream: boolean;
}

// Lines as the view takes them: each stays the same one as long as it is on the page.
function useKept(id: string, { hasProcess, hasStream }: Origins): (line: LogLine) => KeptLine {
  return useMemo(() => {
    const known = new WeakMap<LogLine, KeptLine>();
    let next = 0;
    const keep = (line: LogLine) => new KeptLine(
      next++, line.timeMs, `${line.hasBegunBefore ? "… " : ""}${line.text}${line.cutBytes ? ` … ${line.cutBytes} bytes more` : ""}`,
      {
        mark: [hasProcess && line.process + (line.run > 0 ? `/${line.run}` : ""), hasStream && (line.stream === "stderr" ? "err" : "out")].filter(Boolean).join(" "),
        colour: 0, isError: line.stream === "stderr", href: logUrl(id, { name: line.process, run: line.run }, line.stream),
      },
      [line.isMatch && "match", line.beginsGroup && "begins"].filter(Boolean).join(" "),
    );
    return (line) => {
      const kept = known.get(line) ?? keep(line);
      known.set(line, kept);
      return kept;
    };
  }, [id, hasProcess, hasStream]);
}

function Column({ lines, id, label, ...origins }: { lines: LogLine[]; id: string; label: string } & Origins) {
  const kept = useKept(id, origins);
  return <LogView lines={lines.map(kept)} version={lines} label={label} empty="Nothing here yet." />;
}

function Found({ found, search }: { found: Lines; search: string }) {
  const count = found.lines?.filter(({ isMatch }) => isMatch).length ?? 0;
  return (
    <span role="status" class="muted">
      {found.lines ? `${count} ${count === 1 ? "line" : "lines"} with “${search}”` : "searching…"}
      {found.cursor && <> <button onClick={found.more}>Search on</button></>}
    </span>
  );
}

// Both streams of all processes: by time in one column, or side by side.
export function LinesPage({ id }: { id: string }) {
  const [query, change] = useQuery();
  const { process = "", search = "" } = query;
  const isBeside = query.view === "beside";
  const [typed, setTyped] = useState(search);
  const task = useLive(() => executor.task(id), id, 10_000);
  const names = task.data?.processes.map(({ name }) => name) ?? [];
  const found = useLines(executor.lines(id), id, { process, search });
  const lines = found.lines ?? [];
  const streams = useMemo(() => ["stdout", "stderr"].map((stream) => ({ stream, lines: lines.filter((line) => line.stream === stream) })), [found.lines]);
  const hasProcess = !process && names.length > 1;
  return (
    <>
      <PageHead title="Logs" tab={`logs of ${id}`} crumbs={[{ text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: "logs" }]} />
      <LiveState live={task} what="Task" next={noSuchTask} />
      {found.error && found.error.status !== 0 && <div class="error" role="alert">{found.error.message}</div>}
      <div class="controls">
        <div class="filter">
          <select aria-label="Process" value={process} onChange={({ currentTarget }) => change({ process: currentTarget.value })}>
            <option value="">all processes</option>
            {names.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
          <button aria-pressed={!isBeside} onClick={() => change({ view: "" })}>By time</button>
          <button aria-pressed={isBeside} onClick={() => change({ view: "beside" })}>Side by side</button>
        </div>
        <form class="filter" onSubmit={(event) => { event.preventDefault(); change({ search: typed }); }}>
          {search && <Found found={found} search={search} />}
          <input class="search" type="search" placeholder="Search in all of it" aria-label="Search" value={typed}
            onInput={({ currentTarget }) => { setTyped(currentTarget.value); if (!currentTarget.value) change({ search: "" }); }} />
        </form>
      </div>
      {isBeside ? (
        <div class="beside">
          {streams.map(({ stream, lines: own }) => (
            <div key={stream}><h2>{stream}</h2><Column lines={own} id={id} label={stream} hasProcess={hasProcess} hasStream={false} /></div>
          ))}
        </div>
      ) : <Column lines={lines} id={id} label="stdout and stderr" hasProcess={hasProcess} hasStream />}
    </>
  );
}
