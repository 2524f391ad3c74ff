import { describe, expect, test } from "vitest";

import { LinePattern, TooCostly } from "./linePattern";

const isIn = (pattern: string, line: string, ignoresCase = false) => new LinePattern(pattern, ignoresCase).isIn(line);
const placesIn = (pattern: string, line: string, most = 100) =>
  new LinePattern(pattern, false).placesIn(line, most).map(([begin, end]) => line.slice(begin, end)).join("|");

describe("a pattern is in a line", () => {
  test.each([
    ["error", "an error here"], ["^an", "an error"], ["here$", "error here"], ["a.c", "abc"], ["a|b", "xb"], ["^(a|b)+$", "abba"], ["a{2,3}b", "aaab"], ["a{,2}b", "b"],
    ["[^a-c]d", "xd"], ["[]x]", "]"], ["[a-]", "-"], ["[[:digit:]]{3}", "x123"], ["^[[:upper:]]+[[:digit:]_]", "AB7"], ["\\bis\\b", "this is"], ["\\<is\\>", "it is"],
    ["\\d\\s\\w", "7 x"], ["\\.", "."], ["\\x41\\u0042", "AB"], ["a{", "a{"], ["()", ""], ["^$", ""], ["(a*)*", "b"], ["(?:ab)+c", "ababc"], ["é", "café"], ["a*?b", "b"],
  ])("%s in %j", (pattern, line) => expect(isIn(pattern, line)).toBe(true));
  test.each([
    ["^n", "an"], ["err$", "error"], ["a.c", "a\nc"], ["a{3}", "aa"], ["[^a]", "a"], ["\\bis\\b", "this"], ["\\.", "x"], ["\\Bx", "x"], ["a", "A"], ["\\D", "7"], ["[[:alpha:]]", "é7"],
  ])("%s is not in %j", (pattern, line) => expect(isIn(pattern, line)).toBe(false));
  test("whatever its case", () =>
    expect([isIn("ERROR", "error", true), isIn("É", "é", true), isIn("[^a]", "A", true), isIn("[a-z]", "Q", true)]).toEqual([true, true, false, true]));
});

test("its places are the first and longest ones", () => {
  expect(placesIn("a|ab|abc", "xabcab")).toBe("abc|ab");
  expect(placesIn("tick [0-9]*5 ", "tick 15 tick 25 ")).toBe("tick 15 |tick 25 ");
  expect(placesIn("^a", "aa")).toBe("a");
  expect(placesIn("a$", "aa")).toBe("a");
  expect(placesIn("\\bis\\b", "this is is")).toBe("is|is");
  expect(placesIn("x*", "axxb")).toBe("xx");
  expect(placesIn("a", "aaaa", 2)).toBe("a|a");
});

describe("what is no pattern", () => {
  test.each([
    ["(", /\( without its \)/], [")", /\) without its \(/], ["[a", /\[ without its \]/], ["*a", /nothing before it/], ["a|+", /nothing before it/], ["\\", /nothing follows/],
    ["(a)\\1", /cannot be asked for again/], ["(?=a)", /not known/], ["a{3,2}", /wrong way round/], ["[b-a]", /wrong way round/], ["[[:none:]]", /there are alpha/], ["\\q", /not known/],
    ["a{1001}", /more than 1000/], ["(a{1000}){1000}", /too large/], ["((){1000}){1000}{1000}", /too large/],
  ])("%s", (pattern, why) => expect(() => new LinePattern(pattern, false)).toThrow(why));
  test("is told as such however long and deep it is", () => {
    expect(() => new LinePattern("a".repeat(1001), false)).toThrow("more than 1000 characters");
    expect(isIn("(".repeat(499) + "a" + ")".repeat(499), "a")).toBe(true);
    expect(() => new LinePattern("(".repeat(1000), false)).toThrow(SyntaxError);
  });
});

describe("takes a time that grows with the line alone", () => {
  const long = "a".repeat(1_000_000);
  test.each(["(a+)+$", "(a|aa)+$", "(a*)*b", "(a|b)*c", "(.*)(.*)(.*)(.*)(.*)x", "a.*a.*a.*a.*b$", "^(([a-z])+.)+[A-Z]([a-z])+$"])("%s", (pattern) => {
    const compiled = new LinePattern(pattern, false);
    const begin = performance.now();
    expect(compiled.isIn(`${long}!`)).toBe(false);
    compiled.placesIn(`${long}!`, 100);
    expect(performance.now() - begin).toBeLessThan(2_000); // 50 ms; RegExp would take years
  });
  test("or gives up if there is too much to work out", () => {
    let seed = 1;
    const mixed = Array.from({ length: 1_000_000 }, () => ((seed = (seed * 16_807) % 2_147_483_647) % 2 ? "a" : "b")).join("");
    const compiled = new LinePattern("(a|b)*a(a|b){400}c", false);
    expect(() => compiled.isIn(mixed)).toThrow(TooCostly);
    expect(compiled.isIn("c")).toBe(false);
    expect(compiled.isIn(`a${"b".repeat(400)}c`)).toBe(true);
  });
});

test("says of any pattern what RegExp says, and where it is first", () => {
  let seed = 4711;
  const draw = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const pick = (of: string[]) => of[draw(of.length)];
  const make = (depth: number): string => {
    const part = depth > 0 && draw(3) === 0 ? `(${make(depth - 1)})` : pick(["a", "b", ".", "[ab]", "[^a]", "\\w", "\\b", "^", "$", "\\B", "c", "\\s", "[b-c ]"]);
    const isEdge = /^(\\b|\\B|\^|\$)$/i.test(part);
    const all = part + (isEdge ? "" : pick(["", "", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}"]));
    return draw(3) ? all + (draw(2) ? make(depth) : pick(["", "|", ""]) + pick(["a", "b", ""])) : all;
  };
  for (let i = 0; i < 3_000; i += 1) {
    const pattern = make(3).slice(0, 60);
    let native: RegExp;
    try {
      native = new RegExp(pattern);
    } catch {
      continue; // cut off
    }
    const mine = new LinePattern(pattern, false);
    for (let k = 0; k < 5; k += 1) {
      const line = Array.from({ length: draw(9) }, () => pick(["a", "b", "c", " "])).join("");
      expect([pattern, line, mine.isIn(line)]).toEqual([pattern, line, native.test(line)]);
      const [place] = mine.placesIn(line, 20);
      const first = [...line.matchAll(new RegExp(native, "g"))].find(([found]) => found);
      if (first && !/\|/.test(pattern)) expect([pattern, line, place?.[0]]).toEqual([pattern, line, first.index]);
    }
  }
});
