// CPU, memory, disk and threads of the last hour, of a task or one of its processes.

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { bytes, cores } from "../format";
import type { UsagePoint } from "../types";

interface Line {
  title: string;
  value: (point: UsagePoint) => number;
  text: (value: number) => string;
  least: number;  // that the axis reaches to
}
const LINES: Line[] = [
  { title: "CPU", value: ({ cpu }) => cpu, text: cores, least: 0.1 },
  { title: "Memory", value: ({ ramBytes }) => ramBytes, text: bytes, least: 1 << 20 },
  { title: "Disk", value: ({ diskBytes }) => diskBytes, text: bytes, least: 1 << 20 },
  { title: "Threads", value: ({ threads }) => threads, text: (count) => count.toFixed(0), least: 2 },
];
const HEIGHT = 130;

// As everywhere on the pages: 24 hours, in the viewer's zone.
const clock = (seconds: number) => new Date(seconds * 1000).toLocaleTimeString([], { hour12: false });

const colour = (element: Element, name: string) => getComputedStyle(element).getPropertyValue(name).trim();

function draw(Plot: typeof uPlot, element: HTMLElement, line: Line, data: uPlot.AlignedData): uPlot {
  const axis = { stroke: colour(element, "--muted"), grid: { stroke: colour(element, "--line"), width: 1 }, ticks: { show: false } };
  const stroke = colour(element, "--link");
  return new Plot({
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, line.least)] } },
    series: [{}, { stroke, fill: `color-mix(in srgb, ${stroke} 12%, transparent)`, width: 1.5, points: { show: false } }],
    axes: [{ ...axis, values: (_, moments) => moments.map(clock) }, { ...axis, size: 70, values: (_, values) => values.map(line.text) }],
  }, data, element);
}

function Chart({ line, points }: { line: Line; points: UsagePoint[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const data: uPlot.AlignedData = [points.map(({ atMs }) => atMs / 1000), points.map(line.value)];
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current!;
    let resize: ResizeObserver | undefined;
    let isGone = false;
    // Its own file: pages without charts do without it.
    void import("uplot").then(({ default: Plot }) => {
      if (isGone) return;
      plot.current = draw(Plot, element, line, latest.current);
      resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
      resize.observe(element);
    });
    return () => {
      isGone = true;
      resize?.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [points]);
  const last = points[points.length - 1];
  const highest = Math.max(...points.map(line.value));
  return (
    <figure class="chart" aria-label={line.title}>
      <figcaption>{line.title} <b>{line.text(line.value(last))}</b> <span class="muted">at most {line.text(highest)}</span></figcaption>
      <div ref={place} />
    </figure>
  );
}

export function UsageCharts({ points, hasDisk = false }: { points?: UsagePoint[]; hasDisk?: boolean }) {
  if (!points || points.length < 2) return <p class="muted">Measured each ten seconds while it runs, and kept for an hour.</p>;
  return <div class="charts">{LINES.filter(({ title }) => hasDisk || title !== "Disk").map((line) => <Chart key={line.title} line={line} points={points} />)}</div>;
}
