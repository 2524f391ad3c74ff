import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { executor } from "../../api";
import { LiveState, PageHead } from "../../components/Basics";
import { type Lines, useLines } from "../../lines";
import { useLive, useQuery } from "../../live";
import { readable } from "../../tail";
import type { LogLine } from "../../types";
import { logUrl, noSuchTask } from "./HostTaskPage";

const clock = (ms: number) => {
  const at = new Date(ms);
  return `${at.toLocaleTimeString([], { hour12: false })}.${String(at.getMilliseconds()).padStart(3, "0").slice(0, 1)}`;
};

function Line({ line, id, hasProcess, hasStream }: { line: LogLine; id: string; hasProcess: boolean; hasStream: boolean }) {
  return (
    <div class={`line ${line.stream} ${line.isMatch ? "match" : ""} ${line.beginsGroup ? "begins" : ""}`}>
      <span class="when" title={line.timeMs ? new Date(line.timeMs).toISOString() : "not known"}>{line.timeMs ? clock(line.timeMs) : ""}</span>
      {hasProcess && <a class="from" href={logUrl(id, { name: line.process, run: line.run }, line.stream)}>{line.process}{line.run > 0 && `/${line.run}`}</a>}
      {hasStream && <span class="from">{line.stream === "stderr" ? "err" : "out"}</span>}
      <span class="text">{line.hasBegunBefore && "… "}{readable(line.text)}{line.cutBytes ? ` … ${line.cutBytes} bytes more` : ""}</span>
    </div>
  );
}

function Column({ lines, id, label, hasProcess, hasStream }: { lines: LogLine[]; id: string; label: string; hasProcess: boolean; hasStream: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  useLayoutEffect(() => {
    if (isFollowing.current) box.current!.scrollTop = box.current!.scrollHeight;
  }, [lines]);
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    isFollowing.current = scrollTop + clientHeight >= scrollHeight - 5;
  };
  return (
    <div class="log lines" ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label={label}>
      {lines.map((line, i) => <Line key={i} line={line} id={id} hasProcess={hasProcess} hasStream={hasStream} />)}
      {!lines.length && <span class="muted">Nothing here yet.</span>}
    </div>
  );
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
          {["stdout", "stderr"].map((stream) => (
            <div key={stream}><h2>{stream}</h2><Column lines={lines.filter((line) => line.stream === stream)} id={id} label={stream} hasProcess={hasProcess} hasStream={false} /></div>
          ))}
        </div>
      ) : <Column lines={lines} id={id} label="stdout and stderr" hasProcess={hasProcess} hasStream />}
    </>
  );
}
