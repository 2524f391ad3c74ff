// A regular expression that is looked for in lines, in the language of RE2, which `job logs --grep` takes, too: in time that grows
// with their length and with nothing else. RegExp goes back and forth: (a+)+$ hangs the page. Pure.

import { RE2JS, RE2JSException } from "re2js";

const TEXT_MAX = 1000; // characters
const PROGRAM_MAX = 400; // steps of which each character of a line may take all
const MARKED_MAX = 5_000; // characters of a line in which places are looked for

export class LinePattern {
  private readonly compiled: RE2JS;

  // Throws a SyntaxError that says what is wrong with it.
  constructor(text: string, ignoresCase: boolean) {
    if (text.length > TEXT_MAX) throw new SyntaxError(`it has more than ${TEXT_MAX} characters`);
    try {
      this.compiled = RE2JS.compile(text, ignoresCase ? RE2JS.CASE_INSENSITIVE : 0);
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      throw new SyntaxError(error.message.replace(/^error parsing regexp: /, "").replace("`(?i)", "`"));
    }
    if (this.compiled.programSize() > PROGRAM_MAX) throw new SyntaxError("it repeats so much that the search would take too long; ask for less, as in (a|b){50}, or for a part of it");
  }

  isIn(line: string): boolean {
    return this.compiled.test(line);
  }

  // Where it is, none empty; as many as asked for at most, and near the line's beginning.
  placesIn(line: string, most: number): [number, number][] {
    const places: [number, number][] = [];
    const matcher = this.compiled.matcher(line.slice(0, MARKED_MAX));
    while (places.length < most && matcher.find()) {
      const [begin, end] = [matcher.start(), matcher.end()];
      if (end === MARKED_MAX) break; // what is behind may belong to it
      if (end > begin) places.push([begin, end]);
    }
    return places;
  }
}
