// What a line of a log looks like: its colours (ANSI escape sequences "ESC [ numbers m"), and how many columns and rows it
// takes. Other escape sequences are left out and control characters made visible, so that no text commands anything. Pure.

import { readable } from "./tail";

export interface Segment {
  text: string;
  classes: string; // "ansi-31 ansi-bold"; empty: plain
  colour?: string; // of the 256, or any other: a value for CSS, made of numbers alone
  background?: string;
}

const TAB = 8;
const WIDE = /[\ud800-\udbff][\udc00-\udfff]|[\u1100-\uffff]/g; // what most fonts show twice as wide; some have two units already
const SPECIAL = /[\x00-\x1f\x7f-\x9f]/;
const COLOUR = /\x1b\[([0-9;]{0,32})m/g;

// Without anything that `segmentsOf` would change.
export const isPlain = (text: string) => !SPECIAL.test(text);

interface Style {
  foreground?: number | string;
  background?: number | string;
  flags: Set<string>;
}

const byte = (text: string | undefined) => Math.min(255, Number(text) || 0);

// 0 to 15: as a class has it. 16 to 231: a cube; the rest: grey.
function ofPalette(index: number): number | string {
  if (index < 16) return index;
  if (index >= 232) return `rgb(${[0, 0, 0].map(() => 8 + 10 * (index - 232)).join(",")})`;
  const level = (part: number) => (part ? 55 + 40 * part : 0);
  const at = index - 16;
  return `rgb(${level(Math.floor(at / 36))},${level(Math.floor(at / 6) % 6)},${level(at % 6)})`;
}

const FLAGS: Record<number, string> = { 1: "bold", 2: "faint", 3: "italic", 4: "underline", 7: "inverse", 9: "struck" };
const FLAGS_OFF: Record<number, string[]> = { 22: ["bold", "faint"], 23: ["italic"], 24: ["underline"], 27: ["inverse"], 29: ["struck"] };

function applyCodes(style: Style, codes: string[]): void {
  for (let i = 0; i < codes.length; i += 1) {
    const code = Number(codes[i]) || 0;
    if (code === 0) Object.assign(style, { foreground: undefined, background: undefined, flags: new Set<string>() });
    else if (FLAGS[code]) style.flags.add(FLAGS[code]);
    else if (FLAGS_OFF[code]) FLAGS_OFF[code].forEach((flag) => style.flags.delete(flag));
    else if (code >= 30 && code <= 37) style.foreground = code - 30;
    else if (code >= 90 && code <= 97) style.foreground = code - 90 + 8;
    else if (code === 39) style.foreground = undefined;
    else if (code >= 40 && code <= 47) style.background = code - 40;
    else if (code >= 100 && code <= 107) style.background = code - 100 + 8;
    else if (code === 49) style.background = undefined;
    else if (code === 38 || code === 48) {
      const isIndex = codes[i + 1] === "5";
      const value = isIndex ? ofPalette(byte(codes[i + 2])) : `rgb(${byte(codes[i + 2])},${byte(codes[i + 3])},${byte(codes[i + 4])})`;
      if (code === 38) style.foreground = value;
      else style.background = value;
      i += isIndex ? 2 : 4;
    }
  }
}

function segmentOf(text: string, { foreground, background, flags }: Style): Segment {
  const classes = [...flags].map((flag) => `ansi-${flag}`);
  if (typeof foreground === "number") classes.push(`ansi-${foreground}`);
  if (typeof background === "number") classes.push(`ansi-on-${background}`);
  return {
    text, classes: classes.join(" "),
    ...(typeof foreground === "string" && { colour: foreground }), ...(typeof background === "string" && { background }),
  };
}

// Colours end with their line.
export function segmentsOf(text: string): Segment[] {
  if (isPlain(text)) return [{ text, classes: "" }];
  const style: Style = { flags: new Set() };
  const segments: Segment[] = [];
  let column = 0;
  const add = (part: string) => {
    let shown = "";
    for (const piece of readable(part).replace(/[\x7f-\x9f]/g, "\ufffd").split(/(\t|\n)/)) {
      const added = piece === "\t" ? " ".repeat(TAB - (column % TAB)) : piece;
      column = piece === "\n" ? 0 : column + added.length;
      shown += added;
    }
    if (shown) segments.push(segmentOf(shown, style));
  };
  let at = 0;
  for (const match of text.matchAll(COLOUR)) {
    add(text.slice(at, match.index));
    applyCodes(style, match[1].split(";"));
    at = match.index + match[0].length;
  }
  add(text.slice(at));
  return segments;
}

export const shownText = (text: string) => (isPlain(text) ? text : segmentsOf(text).map((segment) => segment.text).join(""));

const widthOf = (text: string) => text.length + (/[\u1100-\uffff]/.test(text) ? text.match(WIDE)!.filter((found) => found.length === 1).length : 0);

// That a text takes, wrapped after so many columns.
export function rowsOf(shown: string, columns: number): number {
  if (shown.length <= columns && !/[\n\u1100-\uffff]/.test(shown)) return 1;
  return shown.split("\n").reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
}
