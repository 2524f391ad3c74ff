// The logs of all instances of a job, by time: chosen, searched, followed and downloaded.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { scheduler } from "../api";
import { subscribe } from "../events";
import { INSTANCES_MAX, JobLogReader, type LogStatus, parseInstances } from "../jobLogs";
import type { LinePattern } from "../linePattern";
import { type KeptLine, LINES_MAX, LogBuffer } from "../logBuffer";
import { useQuery } from "../live";
import type { ConfigGroup, JobKey } from "../types";
import { LogView } from "./LogView";

const TAILS: [string, string][] = [["100", "the last 100"], ["", "the last 1,000"], ["10000", "the last 10,000"], ["all", "all"]];
const TAIL = 1_000;
const TROUBLE_SHOWN = 5;

const many = (n: number, what: string) => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;

// Of those that there are the first, if nobody chose any and there are too many.
function firstInstances(groups: ConfigGroup[]): { chosen?: Set<number>; total: number } {
  const all = groups.flatMap(({ instances }) => instances).sort((a, b) => a.first - b.first);
  const total = all.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (total <= INSTANCES_MAX) return { total };
  const chosen = new Set<number>();
  for (const { first, last } of all) for (let i = first; i <= last && chosen.size < INSTANCES_MAX; i += 1) chosen.add(i);
  return { chosen, total };
}

interface Reading {
  buffer: LogBuffer;
  status?: LogStatus;
  version: number;
}

function useJobLogs(job: JobKey, about: string, chosen: Set<number> | undefined, isFollowing: { current: boolean }, isOff: boolean) {
  const [reading, setReading] = useState<Reading>({ buffer: new LogBuffer(), version: 0 });
  const reader = useRef<JobLogReader>();
  useEffect(() => {
    const buffer = new LogBuffer();
    setReading({ buffer, version: 0 });
    if (isOff) return;
    const { process, stream, since, tail } = JSON.parse(about) as { process: string; stream: string; since: string; tail: string };
    const wish = { instances: chosen, process, stream: stream || "both", since, tail: tail === "all" || since ? undefined : Number(tail) || TAIL };
    const mine = new JobLogReader(
      { listTasks: (instances) => scheduler.loggedTasks(job, [...(instances ?? [])]), readHost: scheduler.hostLogs },
      wish, buffer, () => isFollowing.current, (status) => setReading(({ version }) => ({ buffer, status, version: version + 1 })),
    );
    reader.current = mine;
    mine.start();
    const onVisible = () => mine.goOn();
    document.addEventListener("visibilitychange", onVisible);
    const leave = subscribe({ type: ["task"], ...job }, { onEvent: () => mine.lookSoon() });
    return () => {
      mine.stop();
      leave();
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [about, isOff]);
  return { ...reading, goOn: () => reader.current?.goOn() };
}

const textOf = (line: KeptLine) => `${line.timeMs ? new Date(line.timeMs).toISOString() : "-"} [${line.from.mark}] ${line.from.isNote ? `-- ${line.text}` : line.text}`;

// What is shown, as a file.
function download(job: JobKey, buffer: LogBuffer): void {
  const parts: string[] = buffer.dropped ? [`-- ${many(buffer.dropped, "older line")} left out: a page keeps no more\n`] : [];
  const AT_ONCE = 10_000;
  for (let i = 0; i < buffer.shown.length; i += AT_ONCE) parts.push(`${buffer.shown.slice(i, i + AT_ONCE).map(textOf).join("\n")}\n`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type: "text/plain;charset=utf-8" }));
  link.download = `${job.role}-${job.environment}-${job.name}.log`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function wordsOf(status: LogStatus | undefined, buffer: LogBuffer, isSearched: boolean, isFollowing: boolean): string {
  if (!status || !status.isLoaded) return "Reading…";
  const shown = isSearched ? `${many(buffer.shown.length, "line")} of ${buffer.count.toLocaleString("en-US")}` : many(buffer.count, "line");
  const words = [`${shown}, ${many(status.tasks, "task")} on ${many(status.hosts, "host")}`];
  if (isSearched && buffer.unjudged) words.push(`${many(buffer.unjudged, "line")} not searched yet`);
  if (status.waiting) words.push(`${many(status.waiting, "instance")} ${status.waiting === 1 ? "waits" : "wait"} for a host`);
  if (status.isHeld) words.push(`Stopped: a page keeps ${LINES_MAX.toLocaleString("en-US")} lines or 64 MB. Go to the end to go on`);
  else if (buffer.dropped) words.push(`${many(buffer.dropped, "older line")} left out: a page keeps no more`);
  words.push(status.isOver ? "All tasks have ended" : isFollowing ? "Following" : "Paused here, still reading");
  return words.join(" · ");
}

interface Search {
  compiled?: LinePattern;
  wrong: string;
}

// What matches is larger than the page, so it is loaded by the first who searches.
function usePattern(text: string, ignoresCase: boolean): Search {
  const [loaded, setLoaded] = useState<{ Pattern?: typeof LinePattern; wrong: string }>({ wrong: "" });
  const isWanted = !!text && !loaded.Pattern;
  useEffect(() => {
    if (!isWanted) return;
    import("../linePattern").then(
      ({ LinePattern: Pattern }) => setLoaded({ Pattern, wrong: "" }),
      (error: unknown) => setLoaded({ wrong: `The search could not be loaded: ${String(error)}. Load the page again.` }),
    );
  }, [isWanted]);
  return useMemo(() => {
    if (!text || !loaded.Pattern) return { wrong: text && loaded.wrong };
    try {
      return { compiled: new loaded.Pattern(text, ignoresCase), wrong: "" };
    } catch (error) {
      return { wrong: `“${text.slice(0, 100)}” is no regular expression: ${(error as Error).message}` };
    }
  }, [text, ignoresCase, loaded]);
}

const SEARCH_MS = 30; // at once; between two such the page does what else there is

// Lets the buffer show what matches, bit by bit; gives a number that changes with what is shown.
function useSearch(buffer: LogBuffer, pattern: LinePattern | undefined): number {
  const search = useRef<{ buffer?: LogBuffer; pattern?: LinePattern }>({});
  const [slice, setSlice] = useState(0);
  if (search.current.buffer !== buffer || search.current.pattern !== pattern) {
    buffer.setFilter(pattern && ((line) => pattern.isIn(line.shown)));
    search.current = { buffer, pattern };
  }
  buffer.judge(SEARCH_MS);
  useEffect(() => {
    if (!buffer.unjudged) return;
    const next = setTimeout(() => setSlice(slice + 1));
    return () => clearTimeout(next);
  });
  return slice;
}

interface Field {
  label: string;
  value: string;
  placeholder: string;
  onChange: (value: string) => void;
  wide?: boolean;
}

// Taken when it is entered or left, not letter by letter.
function Entry({ label, value, placeholder, onChange, wide }: Field) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return (
    <form class={wide ? "entry wide" : "entry"} onSubmit={(event) => { event.preventDefault(); onChange(typed.trim()); }}>
      <input class="search" type="search" aria-label={label} title={label} placeholder={placeholder} value={typed} maxLength={1000}
        onInput={({ currentTarget }) => { setTyped(currentTarget.value); if (!currentTarget.value && value) onChange(""); }}
        onBlur={() => typed.trim() !== value && onChange(typed.trim())} />
    </form>
  );
}

export function JobLogs({ job, groups }: { job: JobKey; groups: ConfigGroup[] }) {
  const [query, change] = useQuery();
  const { logInstances = "", logProcess: process = "", logStream: stream = "", logSince: since = "", logTail: tail = "", logSearch: search = "", logCase: hasCase = "", logWrap: wrap = "" } = query;
  const [isFollowing, setFollowing] = useState(true);
  const following = useRef(true);
  const control = useRef<{ toEnd?: () => void }>({});
  const firsts = useMemo(() => firstInstances(groups), [JSON.stringify(groups.map(({ instances }) => instances))]);
  const choice = useMemo(() => {
    try {
      const typed = parseInstances(logInstances);
      return { instances: typed.size ? typed : firsts.chosen, wrong: "" };
    } catch (error) {
      return { instances: undefined, wrong: (error as Error).message };
    }
  }, [logInstances, firsts]);
  const pattern = usePattern(search, !hasCase);
  const chosenKey = choice.instances ? [...choice.instances].join() : "";
  const about = JSON.stringify({ job, chosenKey, process, stream, since, tail });
  const { buffer, status, version, goOn } = useJobLogs(job, about, choice.instances, following, !!choice.wrong);
  const slice = useSearch(buffer, pattern.compiled);
  const onFollow = (is: boolean) => {
    following.current = is;
    setFollowing(is);
    if (is) goOn();
  };
  const names = [...new Set([...(status?.processes ?? []), ...(process ? [process] : [])])];
  const wrong = choice.wrong || pattern.wrong || status?.error;
  const trouble = status?.trouble ?? [];
  return (
    <>
      <div class="controls log-controls">
        <Entry label="Instances" placeholder={firsts.chosen ? `instances: the first ${INSTANCES_MAX}` : "instances: all"} value={logInstances} onChange={(logInstances) => change({ logInstances })} />
        <select aria-label="Process" value={process} onChange={({ currentTarget }) => change({ logProcess: currentTarget.value })}>
          <option value="">all processes</option>
          {names.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
        <span class="filter" role="group" aria-label="Stream">
          {[["", "both"], ["stdout", "stdout"], ["stderr", "stderr"]].map(([value, text]) => (
            <button key={value} aria-pressed={stream === value} onClick={() => change({ logStream: value })}>{text}</button>
          ))}
        </span>
        <select aria-label="Lines of each instance" value={tail} disabled={!!since} onChange={({ currentTarget }) => change({ logTail: currentTarget.value })}>
          {TAILS.map(([value, text]) => <option key={value} value={value}>{text} lines each</option>)}
        </select>
        <Entry label="Since" placeholder="since: 10m, 2h" value={since} onChange={(logSince) => change({ logSince })} />
        <Entry wide label="Search, as grep -E" placeholder="search, as grep -E" value={search} onChange={(logSearch) => change({ logSearch })} />
        <span class="filter">
          <button aria-pressed={!!hasCase} title="Upper and lower case differ" onClick={() => change({ logCase: hasCase ? "" : "1" })}>Aa</button>
          <button aria-pressed={!wrap} title="Long lines go on below" onClick={() => change({ logWrap: wrap ? "" : "no" })}>Wrap</button>
          <button disabled={!buffer.shown.length || buffer.unjudged > 0} onClick={() => download(job, buffer)}>Download</button>
          <button disabled={isFollowing} onClick={() => control.current.toEnd?.()}>{isFollowing ? "Following" : "To the end"}</button>
        </span>
      </div>
      {wrong && <div class="error" role="alert">{wrong}</div>}
      {firsts.chosen && !logInstances && (
        <p class="note">These are the first {INSTANCES_MAX} of {many(firsts.total, "instance")}: no more are read at once. Choose others above, as in 0-{INSTANCES_MAX - 1}.</p>
      )}
      {trouble.length > 0 && (
        <div class="note" role="status">
          {trouble.slice(0, TROUBLE_SHOWN).map((text) => <div key={text}>{text}</div>)}
          {trouble.length > TROUBLE_SHOWN && <div>and {trouble.length - TROUBLE_SHOWN} more</div>}
        </div>
      )}
      <p class="small" role="status">{wordsOf(status, buffer, !!pattern.compiled, isFollowing)}</p>
      <LogView
        lines={buffer.shown} version={`${version}.${slice}`} label={`Logs of ${job.name}`} isWrapped={!wrap} highlight={pattern.compiled} onFollow={onFollow} control={control.current}
        empty={!status?.isLoaded || buffer.unjudged ? "" : pattern.compiled ? "No line matches." : status.tasks ? "Nothing has been written yet." : "No task has begun yet."}
      />
    </>
  );
}
