// Plots of an hour: one for each line, with marks where something happened.

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { bytes } from "../format";

export interface Line<P> {
  title: string;
  value: (point: P) => number | undefined; // none: not known
  text: (value: number) => string;
  least: number; // that the axis reaches to
  shape?: "steps" | "bars"; // else a line from point to point
  // Beside it, without an area below.
  other?: { title: string; value: (point: P) => number | undefined };
  sum?: boolean; // what counts is all of it, not the last
}
// From a moment to another, or to now.
export interface Mark {
  fromMs: number;
  toMs?: number;
}
const HEIGHT = 130;
const CLOCK_SPACE = 90;  // what a time on the axis takes, with a gap
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, exponent) => 2 ** exponent);  // so that the axis says 512 KiB and not 488.3

// As everywhere on the pages: 24 hours, in the viewer's zone.
const clock = (seconds: number) => new Date(seconds * 1000).toLocaleTimeString([], { hour12: false });

const colour = (element: Element, name: string) => getComputedStyle(element).getPropertyValue(name).trim();

function drawMarks(plot: uPlot, marks: Mark[], element: HTMLElement) {
  const { ctx, bbox } = plot;
  const place = (ms: number) => plot.valToPos(ms / 1000, "x", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const attention = colour(element, "--attention");
  for (const { fromMs, toMs } of marks) {
    const from = place(fromMs);
    const to = toMs === undefined ? bbox.left + bbox.width : place(toMs);
    ctx.globalAlpha = 0.12;
    ctx.fillStyle = attention;
    ctx.fillRect(from, bbox.top, Math.max(1, to - from), bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(from, bbox.top, 1.5, bbox.height);
    if (toMs !== undefined) ctx.fillRect(to, bbox.top, 1.5, bbox.height);
  }
  ctx.restore();
}

function draw<P>(Plot: typeof uPlot, element: HTMLElement, line: Line<P>, data: uPlot.AlignedData, marks: { current: Mark[] }): uPlot {
  const axis = { stroke: colour(element, "--muted"), grid: { stroke: colour(element, "--line"), width: 1 }, ticks: { show: false } };
  const stroke = colour(element, "--link");
  const paths = line.shape === "steps" ? Plot.paths.stepped!({ align: -1 }) : line.shape === "bars" ? Plot.paths.bars!({ size: [0.9, 12, 2] }) : undefined;
  return new Plot({
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { y: { range: (_, __, max) => [0, Math.max((max ?? 0) * 1.1, line.least)] } },
    series: [
      {}, { stroke, fill: `color-mix(in srgb, ${stroke} ${line.shape === "bars" ? 60 : 12}%, transparent)`, width: 1.5, points: { show: false }, paths },
      ...(line.other ? [{ stroke: colour(element, "--muted"), width: 1, dash: [4, 3], points: { show: false }, paths }] : []),
    ],
    axes: [
      { ...axis, space: CLOCK_SPACE, values: (_, moments) => moments.map(clock) },
      { ...axis, size: 70, values: (_, values) => values.map(line.text), ...(line.text === bytes ? { incrs: POWERS_OF_TWO } : {}) },
    ],
    hooks: { drawClear: [(plot) => drawMarks(plot, marks.current, element)] },
  }, data, element);
}

function Chart<P extends { atMs: number }>({ line, points, marks }: { line: Line<P>; points: P[]; marks: Mark[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const column = (value: (point: P) => number | undefined) => points.map((point) => value(point) ?? null);
  const data = [points.map(({ atMs }) => atMs / 1000), column(line.value), ...(line.other ? [column(line.other.value)] : [])] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const latestMarks = useRef(marks);
  latestMarks.current = marks;
  useEffect(() => {
    const element = place.current!;
    let resize: ResizeObserver | undefined;
    let isGone = false;
    // Its own file: pages without charts do without it.
    void import("uplot").then(({ default: Plot }) => {
      if (isGone) return;
      plot.current = draw(Plot, element, line, latest.current, latestMarks);
      resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
      resize.observe(element);
    });
    return () => {
      isGone = true;
      resize?.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [points, JSON.stringify(marks)]);
  const known = points.map(line.value).filter((value) => value !== undefined);
  const words = line.sum ? line.text(known.reduce((sum, value) => sum + value, 0)) : line.text(known.at(-1)!);
  return (
    <figure class="chart" aria-label={line.title}>
      <figcaption>
        {line.title} <b>{words}</b>{" "}
        <span class="muted">{line.sum ? "in all" : `at most ${line.text(Math.max(...known))}`}{line.other && `; dashed: ${line.other.title}`}</span>
      </figcaption>
      <div ref={place} />
    </figure>
  );
}

// Lines of which nothing is known have no plot.
export function Charts<P extends { atMs: number }>({ points, lines, marks = [] }: { points: P[]; lines: Line<P>[]; marks?: Mark[] }) {
  const known = lines.filter((line) => points.some((point) => line.value(point) !== undefined));
  return <div class="charts">{known.map((line) => <Chart key={line.title} line={line} points={points} marks={marks} />)}</div>;
}
