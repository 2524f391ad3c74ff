// A task configuration as a table, and two of them line by line.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { constraintText, instanceRanges } from "../format";
import type { ConfigGroup, InstanceRange, TaskConfig } from "../types";
import { cpuText, Facts, Panel, ramText } from "./Basics";

// "instance 3", "instances 0 - 3, 7"
export function instancesText(ranges: InstanceRange[]): string {
  const isOne = ranges.length === 1 && ranges[0].first === ranges[0].last;
  return `${isOne ? "instance" : "instances"} ${instanceRanges(ranges)}`;
}

const lines = (items: string[]) => (items.length ? items.map((text) => <div>{text}</div>) : undefined);

export function ConfigTable({ group }: { group: ConfigGroup }) {
  const { config } = group;
  const { cpus, ramMb, diskMb, gpus, ports } = config.resources;
  const policies = Object.entries(config.slaPolicy ?? {}).map(
    ([kind, policy]) => `${kind}: ${Object.entries(policy).map(([k, v]) => `${k} ${v}`).join(", ")}`,
  );
  return (
    <Panel title={`Configuration for ${instancesText(group.instances)}`}>
      <Facts
        rows={[
          ["Resources", lines([
            `cpus: ${cpuText(cpus)}`, `ram: ${ramText(ramMb)}`, `disk: ${ramText(diskMb)}`,
            ...(gpus ? [`gpus: ${gpus}`] : []), ...(ports.length ? [`ports: ${ports.join(", ")}`] : []),
          ])],
          ["Constraints", lines(config.constraints.map(constraintText))],
          ["Tier", config.tier],
          ["Service", String(config.isService)],
          ["Priority", String(config.priority)],
          ["Container", Object.keys(config.container).join(", ")],
          ["Links", lines(Object.entries(config.taskLinks).map(([label, url]) => `${label}: ${url}`))],
          ["Metadata", lines(config.metadata.map((m) => `${m.key}: ${m.value}`))],
          ["Partition policy", config.partitionPolicy &&
            `reschedule ${config.partitionPolicy.reschedule}, delay ${config.partitionPolicy.delaySecs} secs`],
          ["SLA policy", lines(policies)],
          ["Contact", config.contactEmail],
        ]}
      />
      <details>
        <summary>Raw configuration</summary>
        <pre>{configText(config)}</pre>
      </details>
    </Panel>
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
}

// Sorted keys, and the executor's data opened up, so that its members differ one by one.
export function configText(config: TaskConfig): string {
  const copy = { ...config } as Record<string, unknown>;
  if (config.executorConfig) {
    let data: unknown = config.executorConfig.data;
    try {
      data = JSON.parse(config.executorConfig.data);
    } catch {
      // Other executors may carry anything; it is shown as it is.
    }
    copy.executorConfig = { name: config.executorConfig.name, data };
  }
  return JSON.stringify(sorted(copy), null, 2);
}

type DiffLine = [" " | "-" | "+", string];

// Longest common subsequence over lines, after cutting what both ends share.
export function diffLines(a: string[], b: string[]): DiffLine[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const x = a.slice(start, a.length - end);
  const y = b.slice(start, b.length - end);
  const table = Array.from({ length: x.length + 1 }, () => new Uint32Array(y.length + 1));
  for (let i = x.length - 1; i >= 0; i -= 1) {
    for (let j = y.length - 1; j >= 0; j -= 1) {
      table[i][j] = x[i] === y[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  const middle: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && x[i] === y[j]) {
      middle.push([" ", x[i]]);
      i += 1;
      j += 1;
    } else if (i < x.length && (j === y.length || table[i + 1][j] >= table[i][j + 1])) {
      middle.push(["-", x[i]]);
      i += 1;
    } else {
      middle.push(["+", y[j]]);
      j += 1;
    }
  }
  const same = (text: string): DiffLine => [" ", text];
  return [...a.slice(0, start).map(same), ...middle, ...a.slice(a.length - end).map(same)];
}

// Only what differs, with `context` lines around it; null marks where equal lines were left out.
export function hunks(rows: DiffLine[], context: number): (DiffLine | null)[] {
  const near = rows.map(() => false);
  rows.forEach(([kind], i) => {
    if (kind !== " ") near.fill(true, Math.max(0, i - context), i + context + 1);
  });
  return rows.flatMap((row, i) => (near[i] ? [row] : i === 0 || near[i - 1] ? [null] : []));
}

const DIFF_CLASS = { " ": "same", "-": "gone", "+": "new" } as const;

export function ConfigDiff({ before, after, title }: { before: TaskConfig; after: TaskConfig; title: ComponentChildren }) {
  const rows = diffLines(configText(before).split("\n"), configText(after).split("\n"));
  return (
    <Panel title={title}>
      {rows.every(([kind]) => kind === " ") ? <p class="muted">No difference.</p> : (
        <pre class="diff">
          {hunks(rows, 3).map((row, i) => row
            ? <div key={i} class={DIFF_CLASS[row[0]]}>{row[0]} {row[1]}</div>
            : <div key={i} class="skipped">⋯</div>)}
        </pre>
      )}
    </Panel>
  );
}

interface Side {
  groups: ConfigGroup[];
  chosen: number;
  other: number;
  label: string;
  onChoose: (index: number) => void;
}

function Choice({ groups, chosen, other, label, onChoose }: Side) {
  if (groups.length === 2) return <>{instancesText(groups[chosen].instances)}</>;
  return (
    <select aria-label={label} value={chosen} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
      {groups.map((group, i) => i !== other && <option key={i} value={i}>{instancesText(group.instances)}</option>)}
    </select>
  );
}

// Two of a job's configurations; which ones can be chosen when there are more.
export function ConfigComparison({ groups }: { groups: ConfigGroup[] }) {
  const [sides, setSides] = useState({ before: 0, after: 1 });
  const isThere = sides.before < groups.length && sides.after < groups.length;
  const { before, after } = isThere ? sides : { before: 0, after: 1 };
  const title = (
    <>
      Config Diff for <Choice groups={groups} chosen={before} other={after} label="Before" onChoose={(i) => setSides({ before: i, after })} />{" "}
      and <Choice groups={groups} chosen={after} other={before} label="After" onChoose={(i) => setSides({ before, after: i })} />
    </>
  );
  return <ConfigDiff before={groups[before].config} after={groups[after].config} title={title} />;
}
