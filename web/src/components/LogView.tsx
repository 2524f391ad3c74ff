// Lines of logs, of which only those that can be seen are in the page. Follows while it is scrolled to its end; else what is
// at its top stays there, whatever comes.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import type { LinePattern } from "../linePattern";
import { type KeptLine, placeOf } from "../logBuffer";
import { rowsOf, segmentsOf } from "../logText";
import "../logs.css";

const ROW = 17; // pixels, as in logs.css; a million of them are less than what browsers make an element high
const HEIGHT_MAX = 17_500_000;
const OVERSCAN = 600; // pixels above and below that are in the page, too
const MARKS_MAX = 100; // places of a line that are marked for a search
const COLOURS = 8; // of marks

interface Props {
  lines: readonly KeptLine[];
  version: unknown; // another one when the lines have changed
  label: string;
  empty: string;
  isWrapped?: boolean;
  highlight?: LinePattern;
  onFollow?: (isFollowing: boolean) => void;
  // Gives what brings the view to its end.
  control?: { toEnd?: () => void };
}

interface Widths {
  columns: number; // of text in a line
  mark: number; // in characters
  hasTime: boolean;
}

const clock = (ms: number) => {
  const at = new Date(ms);
  return `${at.toLocaleTimeString([], { hour12: false })}.${Math.floor(at.getMilliseconds() / 100)}`;
};
const TIME_COLUMNS = 10;
const NARROW = 560;

// Where lines begin, in rows; the last is where the last ends. Kept from one change to the next as far as it is the same.
class Tops {
  private tops: number[] = [0];
  private lines: KeptLine[] = [];
  private about = "";

  update(lines: readonly KeptLine[], columns: number, isWrapped: boolean): void {
    const about = isWrapped ? String(columns) : "";
    if (about !== this.about) [this.tops, this.lines, this.about] = [[0], [], about];
    // What is gone from the front.
    const gone = this.lines.length && lines.length ? this.lines.indexOf(lines[0]) : 0;
    if (gone > 0) [this.tops, this.lines] = [this.tops.slice(gone), this.lines.slice(gone)];
    let same = gone < 0 ? 0 : this.sameUntil(lines);
    this.lines.length = Math.min(this.lines.length, same);
    this.tops.length = same + 1;
    for (; same < lines.length; same += 1) {
      this.lines.push(lines[same]);
      this.tops.push(this.tops[same] + (isWrapped ? rowsOf(lines[same].shown, columns) : 1));
    }
  }
  // Lines come at the end, or shortly before it.
  private sameUntil(lines: readonly KeptLine[]): number {
    let same = Math.min(lines.length, this.lines.length);
    const step = 1024;
    while (same > 0 && lines[same - 1] !== this.lines[same - 1]) same = Math.max(0, same - step);
    while (same < lines.length && same < this.lines.length && lines[same] === this.lines[same]) same += 1;
    return same;
  }
  at = (line: number) => (this.tops[Math.min(line, this.tops.length - 1)] - this.tops[0]) * ROW;
  rows = (line: number) => this.tops[line + 1] - this.tops[line];
  get height(): number {
    return this.at(this.tops.length - 1);
  }
  // The line at this height.
  find(pixels: number): number {
    let [low, high] = [0, this.tops.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.at(middle) <= pixels) low = middle;
      else high = middle;
    }
    return low;
  }
}

// A part of a line, which begins at `first`, with the places of the line that are marked.
function Marked({ text, first, places }: { text: string; first: number; places: [number, number][] }) {
  const parts: JSX.Element[] = [];
  let at = 0;
  for (const [begin, end] of places) {
    const [from, to] = [Math.max(at, begin - first), Math.min(text.length, end - first)];
    if (from >= to) continue;
    parts.push(<>{text.slice(at, from)}</>, <mark>{text.slice(from, to)}</mark>);
    at = to;
  }
  return <>{parts}{text.slice(at)}</>;
}

function Line({ line, rows, widths, highlight }: { line: KeptLine; rows: number; widths: Widths; highlight?: LinePattern }) {
  const { from } = line;
  const places = useMemo(() => highlight?.placesIn(line.shown, MARKS_MAX) ?? [], [line, highlight]);
  let end = 0;
  const kinds = ["line", from.isError && "stderr", from.isNote && "is-note", line.look];
  const mark = { class: `from colour-${from.colour % COLOURS}`, title: from.title, style: { width: `${widths.mark}ch` } };
  return (
    <div class={kinds.filter(Boolean).join(" ")} style={{ height: `${rows * ROW}px` }}>
      {widths.hasTime && <span class="when" title={line.timeMs ? new Date(line.timeMs).toISOString() : "not known"}>{line.timeMs ? clock(line.timeMs) : ""}</span>}
      {from.mark && (from.href ? <a {...mark} href={from.href}>{from.mark}</a> : <span {...mark}>{from.mark}</span>)}
      <span class="text">
        {segmentsOf(line.text).map(({ text, classes, colour, background }) => {
          end += text.length;
          const marked = <Marked text={text} first={end - text.length} places={places} />;
          return classes || colour || background ? <span class={classes} style={{ color: colour, background }}>{marked}</span> : marked;
        })}
      </span>
    </div>
  );
}

// How wide a character is, and how many there is room for.
function useWidths(box: { current: HTMLDivElement | null }, mark: number): Widths {
  const [size, setSize] = useState({ width: 0, character: 8 });
  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => {
      const probe = document.createElement("span");
      probe.textContent = "x".repeat(100);
      probe.style.cssText = "position:absolute;visibility:hidden;white-space:pre";
      element.append(probe);
      const character = probe.getBoundingClientRect().width / 100 || 8;
      probe.remove();
      const style = getComputedStyle(element);
      setSize({ width: element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight), character });
    };
    measure();
    const resize = new ResizeObserver(measure);
    resize.observe(element);
    return () => resize.disconnect();
  }, []);
  const hasTime = size.width >= NARROW;
  const taken = (hasTime ? TIME_COLUMNS + 1 : 0) + (mark ? mark + 1 : 0);
  return { columns: Math.max(10, Math.floor(size.width / size.character) - taken), mark, hasTime };
}

export function LogView({ lines, version, label, empty, isWrapped = true, highlight, onFollow, control }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  const anchor = useRef<{ line: KeptLine; below: number } | undefined>(); // what is at the top, and how far above
  const tops = useRef(new Tops());
  const [view, setView] = useState({ top: 0, height: 600 });
  const longest = useRef(1);
  for (const line of lines.length < 2_000 ? lines : lines.slice(-2_000)) longest.current = Math.max(longest.current, line.from.mark.length);
  const widths = useWidths(box, Math.min(longest.current, 24) * (lines.some(({ from }) => from.mark) ? 1 : 0));
  const isTooHigh = useRef(false); // for a browser, if long lines went on below
  if (!lines.length) isTooHigh.current = false;
  tops.current.update(lines, widths.columns, isWrapped && !isTooHigh.current);
  if (tops.current.height > HEIGHT_MAX && isWrapped && !isTooHigh.current) {
    isTooHigh.current = true;
    tops.current.update(lines, widths.columns, false);
  }
  const look = () => {
    const element = box.current!;
    setView({ top: element.scrollTop, height: element.clientHeight });
  };

  useLayoutEffect(() => {
    const element = box.current!;
    if (isFollowing.current) {
      element.scrollTop = element.scrollHeight;
    } else if (anchor.current && lines.length) {
      const top = tops.current.at(placeOf(lines, anchor.current.line)) + anchor.current.below;
      if (Math.abs(element.scrollTop - top) >= 1) element.scrollTop = top;
    }
    look();
  }, [version, lines, isWrapped, widths.columns]);
  useEffect(() => {
    if (control) control.toEnd = () => follow(true);
  });

  const follow = (is: boolean) => {
    if (is) box.current!.scrollTop = box.current!.scrollHeight;
    if (isFollowing.current === is) return;
    isFollowing.current = is;
    onFollow?.(is);
  };
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    follow(scrollTop + clientHeight >= scrollHeight - 5);
    const at = tops.current.find(scrollTop);
    anchor.current = lines[at] && { line: lines[at], below: scrollTop - tops.current.at(at) };
    look();
  };
  const first = lines.length ? tops.current.find(view.top - OVERSCAN) : 0;
  const last = lines.length ? Math.min(lines.length, tops.current.find(view.top + view.height + OVERSCAN) + 1) : 0;
  return (
    <div class={`log lines ${isWrapped && !isTooHigh.current ? "" : "is-wide"}`} ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label={label}>
      {!lines.length && <span class="muted">{empty}</span>}
      <div class="all" style={{ height: `${tops.current.height}px` }}>
        <div style={{ transform: `translateY(${tops.current.at(first)}px)` }}>
          {lines.slice(first, last).map((line, i) => (
            <Line key={first + i} line={line} rows={tops.current.rows(first + i)} widths={widths} highlight={highlight} />
          ))}
        </div>
      </div>
    </div>
  );
}
