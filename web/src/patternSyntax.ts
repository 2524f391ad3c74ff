// Regular expressions as people type them, read into a tree: extended ones as grep -E takes them, with \d \w \s \b as well.
// What would need to go back in the text (\1, look-around) is none. Pure.

// Inclusive ranges of UTF-16 units, in order, none touching another.
export type Ranges = [number, number][];
export type Edge = "begin" | "end" | "word" | "noWord" | "wordBegin" | "wordEnd";

export type Pattern =
  | { kind: "units"; ranges: Ranges }
  | { kind: "edge"; edge: Edge }
  | { kind: "all" | "any"; of: Pattern[] } // one after the other; one of them
  | { kind: "repeat"; of: Pattern; min: number; max: number };

export const PATTERN_MAX = 1000; // characters
const COUNT_MAX = 1000; // of a repetition
const LAST = 0xffff;

const range = (text: string): Ranges => [...text.matchAll(/(.)-(.)/gs)].map(([, low, high]) => [low.charCodeAt(0), high.charCodeAt(0)]);
const DIGIT = range("0-9");
export const WORD = range("0-9A-Z_-_a-z");
const SPACE: Ranges = [[9, 13], [32, 32], [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff]];
const CLASSES: Record<string, Ranges> = {
  alpha: range("A-Za-z"), digit: DIGIT, alnum: range("0-9A-Za-z"), upper: range("A-Z"), lower: range("a-z"), space: SPACE, blank: [[9, 9], [32, 32]],
  punct: range("!-/:-@[-`{-~"), xdigit: range("0-9A-Fa-f"), word: WORD, cntrl: [[0, 31], [127, 127]], print: [[32, 126]], graph: [[33, 126]],
};
const LETTERS: Record<string, Ranges> = { d: DIGIT, w: WORD, s: SPACE };
const CONTROLS: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
const EDGES: Record<string, Edge> = { b: "word", B: "noWord", "<": "wordBegin", ">": "wordEnd" };

export function joined(ranges: Ranges): Ranges {
  const result: Ranges = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else result.push([low, high]);
  }
  return result;
}

export function inverted(ranges: Ranges): Ranges {
  const result: Ranges = [];
  let next = 0;
  for (const [low, high] of joined(ranges)) {
    if (low > next) result.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= LAST) result.push([next, LAST]);
  return result;
}

export const includes = (ranges: Ranges, unit: number) => ranges.some(([low, high]) => low <= unit && unit <= high);

let cased: [number, number][] | undefined; // units and the same ones in the other case

function withBothCases(ranges: Ranges): Ranges {
  if (!cased) {
    cased = [];
    for (let unit = 0; unit <= LAST; unit += 1) {
      const text = String.fromCharCode(unit);
      for (const other of [text.toLowerCase(), text.toUpperCase()]) if (other.length === 1 && other !== text) cased.push([unit, other.charCodeAt(0)]);
    }
  }
  const more: Ranges = [];
  for (const [unit, other] of cased) if (includes(ranges, unit)) more.push([other, other]);
  return joined([...ranges, ...more]);
}

class Reader {
  private at = 0;
  constructor(private readonly text: string, private readonly ignoresCase: boolean) {}

  read(): Pattern {
    const all = this.readAny();
    if (this.at < this.text.length) throw new SyntaxError("a ) without its (; write \\) for the sign");
    return all;
  }

  private take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private readAny(): Pattern {
    const of = [this.readAll()];
    while (this.take("|")) of.push(this.readAll());
    return of.length === 1 ? of[0] : { kind: "any", of };
  }

  private readAll(): Pattern {
    const of: Pattern[] = [];
    while (this.at < this.text.length && !"|)".includes(this.text[this.at])) of.push(this.readRepeated());
    return { kind: "all", of };
  }

  private readRepeated(): Pattern {
    let of = this.readOne();
    for (let count = this.readCount(); count; count = this.readCount()) of = { kind: "repeat", of, ...count };
    return of;
  }

  private readCount(): { min: number; max: number } | undefined {
    if (this.take("*")) return { min: 0, max: Infinity };
    if (this.take("+")) return { min: 1, max: Infinity };
    if (this.take("?")) return { min: 0, max: 1 };
    const braces = /^\{(\d*)(,?)(\d*)\}/.exec(this.text.slice(this.at, this.at + 24));
    if (!braces || (!braces[1] && !braces[3])) return undefined; // a { as it is
    this.at += braces[0].length;
    const min = Number(braces[1] || 0);
    const max = !braces[2] ? min : braces[3] ? Number(braces[3]) : Infinity;
    if (min > COUNT_MAX || (max > COUNT_MAX && max !== Infinity)) throw new SyntaxError(`${braces[0]} repeats more than ${COUNT_MAX} times`);
    if (max < min) throw new SyntaxError(`the numbers of ${braces[0]} are the wrong way round`);
    return { min, max };
  }

  private readOne(): Pattern {
    const sign = this.text[this.at++];
    if (sign === "(") return this.readGroup();
    if (sign === "[") return this.units(this.readSet());
    if (sign === "\\") return this.readEscaped();
    if (sign === ".") return this.units(inverted([[10, 10], [13, 13]]));
    if (sign === "^") return { kind: "edge", edge: "begin" };
    if (sign === "$") return { kind: "edge", edge: "end" };
    if ("*+?".includes(sign)) throw new SyntaxError(`a ${sign} with nothing before it to repeat; write \\${sign} for the sign`);
    return this.units([[sign.charCodeAt(0), sign.charCodeAt(0)]]);
  }

  private readGroup(): Pattern {
    if (this.take("?") && !this.take(":")) throw new SyntaxError("(? begins what is not known here; only (?: is");
    const inside = this.readAny();
    if (!this.take(")")) throw new SyntaxError("a ( without its ); write \\( for the sign");
    return inside;
  }

  private readEscaped(): Pattern {
    const edge = EDGES[this.text[this.at]];
    if (edge) {
      this.at += 1;
      return { kind: "edge", edge };
    }
    return this.units(this.readEscape());
  }

  // Behind the backslash.
  private readEscape(): Ranges {
    const code = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(this.text.slice(this.at, this.at + 5));
    if (code) {
      this.at += code[0].length;
      const unit = parseInt(code[1] ?? code[2], 16);
      return [[unit, unit]];
    }
    const sign = this.text[this.at++];
    if (sign === undefined) throw new SyntaxError("nothing follows the last \\; write \\\\ for the sign");
    if (LETTERS[sign]) return LETTERS[sign];
    if (LETTERS[sign.toLowerCase()]) return inverted(LETTERS[sign.toLowerCase()]);
    if (/\d/.test(sign)) throw new SyntaxError(`\\${sign}: what a group has found cannot be asked for again`);
    const unit = CONTROLS[sign] ?? sign.charCodeAt(0);
    if (unit > 127 || !/[a-zA-Z]/.test(sign) || CONTROLS[sign] !== undefined) return [[unit, unit]];
    throw new SyntaxError(`\\${sign} is not known`);
  }

  private readSet(): Ranges {
    const isInverted = this.take("^");
    let ranges: Ranges = [];
    for (let isFirst = true; isFirst || this.text[this.at] !== "]"; isFirst = false) {
      if (this.at >= this.text.length) throw new SyntaxError("a [ without its ]; write \\[ for the sign");
      ranges = [...ranges, ...this.readRange()];
    }
    this.at += 1;
    const all = joined(ranges);
    return isInverted ? inverted(this.ignoresCase ? withBothCases(all) : all) : all;
  }

  private readRange(): Ranges {
    const named = /^\[:(\w+):\]/.exec(this.text.slice(this.at, this.at + 20));
    if (named) {
      this.at += named[0].length;
      if (!CLASSES[named[1]]) throw new SyntaxError(`${named[0]} is not known; there are ${Object.keys(CLASSES).join(", ")}`);
      return CLASSES[named[1]];
    }
    const from = this.readSetUnit();
    const isRange = this.text[this.at] === "-" && this.at + 1 < this.text.length && this.text[this.at + 1] !== "]";
    if (!isRange || from.length !== 1 || from[0][0] !== from[0][1]) return from;
    this.at += 1;
    const to = this.readSetUnit();
    const [low, high] = [from[0][0], to[0][0]];
    if (to.length !== 1 || high < low) throw new SyntaxError(`${this.text.slice(0, this.at).match(/.{1,8}$/s)![0]} ends a range the wrong way round`);
    return [[low, high]];
  }

  private readSetUnit(): Ranges {
    if (this.take("\\")) return this.readEscape();
    const unit = this.text.charCodeAt(this.at++);
    return [[unit, unit]];
  }

  private units(ranges: Ranges): Pattern {
    return { kind: "units", ranges: this.ignoresCase ? withBothCases(ranges) : ranges };
  }
}

// Throws a SyntaxError that says what is wrong with it.
export function parsePattern(text: string, ignoresCase: boolean): Pattern {
  if (text.length > PATTERN_MAX) throw new SyntaxError(`it has more than ${PATTERN_MAX} characters`);
  return new Reader(text, ignoresCase).read();
}
