// Finds a regular expression in lines in time that grows with their length and with nothing else: all ways to match are followed
// at once, none is tried after another, so that no pattern hangs the page as (a+)+$ hangs RegExp. What was once worked out of a
// set of places in the pattern is kept (a lazy deterministic automaton). Pure.

import { type Edge, includes, parsePattern, type Pattern, type Ranges, WORD } from "./patternSyntax";

const NODES_MAX = 5_000;
const STATES_MAX = 1_000; // kept; then it begins anew
const STEPS_MAX = 2_000_000; // of working out, for one line: some tenths of a second
const MARKED_MAX = 5_000; // characters of a line in which places are looked for

export class TooCostly extends Error {}

const enum Side { Edge, Word, Other } // what is beside a place: where the text begins or ends, or a unit

type Node =
  | { kind: "unit"; set: number; next: number }
  | { kind: "split"; next: number; other: number }
  | { kind: "edge"; edge: Edge; next: number }
  | { kind: "match" };

function holds(edge: Edge, before: Side, after: Side): boolean {
  const [wordBefore, wordAfter] = [before === Side.Word, after === Side.Word];
  switch (edge) {
    case "begin": return before === Side.Edge;
    case "end": return after === Side.Edge;
    case "word": return wordBefore !== wordAfter;
    case "noWord": return wordBefore === wordAfter;
    case "wordBegin": return !wordBefore && wordAfter;
    case "wordEnd": return wordBefore && !wordAfter;
  }
}

const MIRRORED: Record<Edge, Edge> = { begin: "end", end: "begin", word: "word", noWord: "noWord", wordBegin: "wordEnd", wordEnd: "wordBegin" };

// For the text from its end to its beginning.
function mirrored(pattern: Pattern): Pattern {
  switch (pattern.kind) {
    case "units": return pattern;
    case "edge": return { kind: "edge", edge: MIRRORED[pattern.edge] };
    case "all": return { kind: "all", of: pattern.of.map(mirrored).reverse() };
    case "any": return { kind: "any", of: pattern.of.map(mirrored) };
    case "repeat": return { ...pattern, of: mirrored(pattern.of) };
  }
}

// Units that no part of the pattern tells apart have one number.
class Alphabet {
  readonly classOf = new Uint16Array(0x10000);
  readonly sides: Side[] = [];
  private readonly firsts: number[] = []; // of each class a unit

  constructor(sets: Ranges[]) {
    const borders = new Set([0]);
    for (const [low, high] of [...sets, WORD].flat()) {
      borders.add(low);
      if (high < 0xffff) borders.add(high + 1);
    }
    this.firsts = [...borders].sort((a, b) => a - b);
    this.firsts.forEach((first, i) => {
      this.classOf.fill(i, first, this.firsts[i + 1] ?? 0x10000);
      this.sides.push(includes(WORD, first) ? Side.Word : Side.Other);
    });
  }
  get size(): number {
    return this.firsts.length;
  }
  classesOf(ranges: Ranges): Uint8Array {
    return Uint8Array.from(this.firsts, (first) => Number(includes(ranges, first)));
  }
}

function setsOf(pattern: Pattern, sets: Ranges[] = []): Ranges[] {
  if (pattern.kind === "units") sets.push(pattern.ranges);
  if (pattern.kind === "repeat") setsOf(pattern.of, sets);
  if (pattern.kind === "all" || pattern.kind === "any") for (const part of pattern.of) setsOf(part, sets);
  return sets;
}

// Built from its end.
class Nodes {
  readonly all: Node[] = [{ kind: "match" }];
  readonly sets: Ranges[] = [];
  private built = 0;
  readonly start: number;

  constructor(pattern: Pattern) {
    this.start = this.build(pattern, 0);
  }

  private add(node: Node): number {
    if (this.all.length >= NODES_MAX) this.refuse();
    return this.all.push(node) - 1;
  }
  private refuse(): never {
    throw new SyntaxError("it repeats so much that it is too large to search for; ask for fewer repetitions");
  }

  private build(pattern: Pattern, next: number): number {
    if ((this.built += 1) > 10 * NODES_MAX) this.refuse(); // repetitions of nothing add no node
    switch (pattern.kind) {
      case "units": return this.add({ kind: "unit", set: this.sets.push(pattern.ranges) - 1, next });
      case "edge": return this.add({ kind: "edge", edge: pattern.edge, next });
      case "all": return pattern.of.reduceRight((after, part) => this.build(part, after), next);
      case "any": return pattern.of.map((part) => this.build(part, next)).reduce((next, other) => this.add({ kind: "split", next, other }));
      case "repeat": return this.buildRepeat(pattern.of, pattern.min, pattern.max, next);
    }
  }

  private buildRepeat(of: Pattern, min: number, max: number, next: number): number {
    let start = next;
    if (max === Infinity) {
      const loop = { kind: "split" as const, next: 0, other: next };
      start = this.add(loop);
      loop.next = this.build(of, start);
    } else {
      for (let i = min; i < max; i += 1) start = this.add({ kind: "split", next: this.build(of, start), other: next });
    }
    for (let i = 0; i < min; i += 1) start = this.build(of, start);
    return start;
  }
}

// Where in the pattern the text may be, and what the unit before was.
interface State {
  nodes: Int32Array;
  before: Side;
  to: (State | undefined)[]; // by class of the next unit; the last: the end
  isMatch: Uint8Array; // by the same: whether a match ends before it
}

class Automaton {
  private readonly nodes: Nodes;
  private readonly sets: Uint8Array[];
  private readonly states = new Map<string, State>();
  private steps = 0; // of working out, in this line
  private readonly seen: Uint32Array;
  private round = 0;

  // `isAnchored`: a match begins where a run does.
  constructor(pattern: Pattern, private readonly alphabet: Alphabet, private readonly isAnchored: boolean) {
    this.nodes = new Nodes(pattern);
    this.sets = this.nodes.sets.map((ranges) => alphabet.classesOf(ranges));
    this.seen = new Uint32Array(this.nodes.all.length);
  }

  private stateOf(nodes: number[], before: Side): State {
    const sorted = Int32Array.from(nodes).sort();
    const key = `${before}:${sorted.join()}`;
    const known = this.states.get(key);
    if (known) return known;
    const size = this.alphabet.size + 1;
    const state = { nodes: sorted, before, to: new Array<State | undefined>(size).fill(undefined), isMatch: new Uint8Array(size) };
    this.states.set(key, state);
    return state;
  }

  // Works out what comes before a unit of this class, or the end.
  private follow(state: State, unitClass: number): State {
    const isEnd = unitClass === this.alphabet.size;
    const after = isEnd ? Side.Edge : this.alphabet.sides[unitClass];
    const open = [...state.nodes];
    const next = new Set<number>(this.isAnchored ? [] : [this.nodes.start]);
    this.round += 1;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.seen[at] === this.round) continue;
      this.seen[at] = this.round;
      this.steps += 1;
      const node = this.nodes.all[at];
      if (node.kind === "match") state.isMatch[unitClass] = 1;
      else if (node.kind === "split") open.push(node.next, node.other);
      else if (node.kind === "edge") holds(node.edge, state.before, after) && open.push(node.next);
      else if (!isEnd && this.sets[node.set][unitClass]) next.add(node.next);
    }
    this.steps += next.size;
    if (this.steps > STEPS_MAX) throw new TooCostly();
    return (state.to[unitClass] = this.stateOf([...next], after));
  }

  // From one place of the text to its end or, with a step of -1, its beginning. Calls `onMatch` with each place where a match
  // ends, until it returns true.
  run(text: string, from: number, step: 1 | -1, onMatch: (at: number) => boolean | void): void {
    this.steps = 0;
    if (this.states.size > STATES_MAX) this.states.clear();
    const { classOf, size, sides } = this.alphabet;
    const [end, ahead, behind] = step > 0 ? [text.length, 0, -1] : [0, -1, 0];
    const isEdge = from === text.length - end;
    let state = this.stateOf([this.nodes.start], isEdge ? Side.Edge : sides[classOf[text.charCodeAt(from + behind)]]);
    for (let at = from; ; at += step) {
      const unitClass = at === end ? size : classOf[text.charCodeAt(at + ahead)];
      let next = state.to[unitClass];
      if (!next) {
        if (this.states.size > STATES_MAX) this.states.clear();
        next = this.follow(state, unitClass);
      }
      if (state.isMatch[unitClass] && onMatch(at)) return;
      if (at === end || !next.nodes.length) return;
      state = next;
    }
  }
}

export class LinePattern {
  private readonly alphabet: Alphabet;
  private readonly finder: Automaton;
  private ways?: { starts: Automaton; ends: Automaton };

  // Throws a SyntaxError that says what is wrong with it.
  constructor(text: string, ignoresCase: boolean) {
    this.pattern = parsePattern(text, ignoresCase);
    this.alphabet = new Alphabet(setsOf(this.pattern));
    this.finder = new Automaton(this.pattern, this.alphabet, false);
  }
  private readonly pattern: Pattern;

  // Throws TooCostly.
  isIn(line: string): boolean {
    let isFound = false;
    this.finder.run(line, 0, 1, () => (isFound = true));
    return isFound;
  }

  // Where it is: the first places and the longest, none empty; as many as asked for at most, and near the line's beginning.
  placesIn(line: string, most: number): [number, number][] {
    const text = line.slice(0, MARKED_MAX);
    try {
      return this.findPlaces(text, most).filter(([, end]) => end < MARKED_MAX);
    } catch (error) {
      if (error instanceof TooCostly) return [];
      throw error;
    }
  }

  private findPlaces(text: string, most: number): [number, number][] {
    this.ways ??= { starts: new Automaton(mirrored(this.pattern), this.alphabet, false), ends: new Automaton(this.pattern, this.alphabet, true) };
    const isStart = new Uint8Array(text.length + 1);
    this.ways.starts.run(text, text.length, -1, (at) => void (isStart[at] = 1));
    const places: [number, number][] = [];
    for (let at = isStart.indexOf(1), tries = 0; at >= 0 && places.length < most && tries < 2 * most; tries += 1) {
      let end = at;
      this.ways.ends.run(text, at, 1, (found) => void (end = found));
      if (end > at) places.push([at, end]);
      at = isStart.indexOf(1, Math.max(end, at + 1));
    }
    return places;
  }
}
