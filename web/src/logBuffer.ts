// Lines of many logs in the order of time, some of which are shown. Bounded: then the oldest go, or nothing more is taken.

import { isPlain, shownText } from "./logText";

// Whose a line is; lines share it.
export interface Origin {
  mark: string;
  colour: number; // of the mark
  title?: string; // more about it
  href?: string;
  isError?: boolean; // stderr
  isNote?: boolean; // not of a log: ours
}

export class KeptLine {
  readonly shown: string; // without what is no text
  constructor(
    readonly at: number, // its place: its time, or the one of the line before it in its log
    readonly timeMs: number | undefined, // when it was written; none: not known
    readonly text: string, // as it was written
    readonly from: Origin,
    readonly look = "", // "match", "begins": how it differs from others
  ) {
    this.shown = isPlain(text) ? text : shownText(text);
  }
}

export const LINES_MAX = 1_000_000;
export const CHARACTERS_MAX = 64 << 20;
const SPARE = 0.05; // is made at once: taking lines away one by one would cost each time

// The first that is later.
function upperBound(lines: readonly KeptLine[], at: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].at > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

// Where the line is; if it is not, where it would be.
export function placeOf(lines: readonly KeptLine[], line: KeptLine): number {
  const end = upperBound(lines, line.at);
  for (let i = end - 1; i >= 0 && lines[i].at === line.at; i -= 1) if (lines[i] === line) return i;
  return Math.min(end, Math.max(0, lines.length - 1));
}

function merge(into: KeptLine[], first: readonly KeptLine[], second: readonly KeptLine[]): void {
  let [i, j] = [0, 0];
  while (i < first.length || j < second.length) {
    if (j >= second.length || (i < first.length && first[i].at <= second[j].at)) into.push(first[i++]);
    else into.push(second[j++]);
  }
}

export class LogBuffer {
  private readonly lines: KeptLine[] = [];
  private chosen: KeptLine[] | undefined; // with a filter
  private filter?: (line: KeptLine) => boolean;
  private judged = 0; // lines from the first on that the filter has seen
  private characters = 0;
  dropped = 0; // lines, so far

  constructor(private readonly linesMax = LINES_MAX, private readonly charactersMax = CHARACTERS_MAX) {}

  get count(): number {
    return this.lines.length;
  }
  get shown(): readonly KeptLine[] {
    return this.chosen ?? this.lines;
  }
  get isFull(): boolean {
    return this.lines.length >= this.linesMax || this.characters >= this.charactersMax;
  }

  // What it leaves is shown once `judge` has come to it.
  setFilter(filter?: (line: KeptLine) => boolean): void {
    this.filter = filter;
    this.chosen = filter && [];
    this.judged = 0;
  }
  // How many lines the filter has not seen.
  get unjudged(): number {
    return this.filter ? this.lines.length - this.judged : 0;
  }
  // Lets the filter see lines for so long, or some lines longer.
  judge(forMs: number): void {
    if (!this.chosen || !this.filter) return;
    const until = performance.now() + forMs;
    const AT_ONCE = 50;
    do {
      const end = Math.min(this.lines.length, this.judged + AT_ONCE);
      for (; this.judged < end; this.judged += 1) if (this.filter(this.lines[this.judged])) this.chosen.push(this.lines[this.judged]);
    } while (this.unjudged && performance.now() < until);
  }

  // In any order but their own, which stays where times are the same.
  add(batch: KeptLine[]): void {
    if (!batch.length) return;
    const sorted = [...batch].sort((a, b) => a.at - b.at);
    const merged: KeptLine[] = [];
    const first = upperBound(this.lines, sorted[0].at);
    merge(merged, this.lines.splice(first), sorted);
    for (const line of merged) this.lines.push(line);
    for (const line of sorted) this.characters += line.text.length;
    if (!this.chosen || first >= this.judged) return;
    this.chosen.length = upperBound(this.chosen, sorted[0].at);
    this.judged = first;
  }

  // Takes the oldest away if there are too many.
  trim(): void {
    if (this.lines.length <= this.linesMax && this.characters <= this.charactersMax) return;
    let count = 0;
    let chosen = 0;
    const linesLeft = this.linesMax * (1 - SPARE);
    const charactersLeft = this.charactersMax * (1 - SPARE);
    while (count < this.lines.length - 1 && (this.lines.length - count > linesLeft || this.characters > charactersLeft)) {
      this.characters -= this.lines[count].text.length;
      if (this.chosen && this.chosen[chosen] === this.lines[count]) chosen += 1;
      count += 1;
    }
    this.lines.splice(0, count);
    this.chosen?.splice(0, chosen);
    this.judged = Math.max(0, this.judged - count);
    this.dropped += count;
  }
}
