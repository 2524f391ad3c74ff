// CPU, memory, disk and threads of the last hour, of a task or one of its processes.

import { bytes, cores } from "../format";
import type { UsagePoint } from "../types";
import { Charts, type Line } from "./Charts";

const LINES: Line<UsagePoint>[] = [
  { title: "CPU", value: ({ cpu }) => cpu, text: cores, least: 0.1 },
  { title: "Memory", value: ({ ramBytes }) => ramBytes, text: bytes, least: 1 << 20 },
  { title: "Disk", value: ({ diskBytes }) => diskBytes, text: bytes, least: 1 << 20 },
  { title: "Threads", value: ({ threads }) => threads, text: (count) => count.toFixed(0), least: 2 },
];

export function UsageCharts({ points, hasDisk = false }: { points?: UsagePoint[]; hasDisk?: boolean }) {
  if (!points || points.length < 2) return <p class="muted">Measured each ten seconds while it runs, and kept for an hour.</p>;
  return <Charts points={points} lines={LINES.filter(({ title }) => hasDisk || title !== "Disk")} />;
}
