// The last hour of a host: what its tasks used together, and what was reserved for them.

import { executor } from "../api";
import { bytes, cores } from "../format";
import { useLive } from "../live";
import type { HostUsagePoint } from "../types";
import { Panel } from "./Basics";
import { Charts, type Line } from "./Charts";

const LINES: Line<HostUsagePoint>[] = [
  { title: "CPU", value: ({ cpu }) => cpu, text: cores, least: 0.1, other: { title: "reserved", value: ({ reservedCpu }) => reservedCpu } },
  { title: "Memory", value: ({ ramBytes }) => ramBytes, text: bytes, least: 1 << 20, other: { title: "reserved", value: ({ reservedRamMb }) => reservedRamMb * 1048576 } },
];

export function HostUsage() {
  const live = useLive(executor.hostUsage, [], 20_000);
  if (!live.data || live.data.points.length < 2) return null;
  return <Panel title="Used by all tasks in the last hour"><Charts points={live.data.points} lines={LINES} /></Panel>;
}
