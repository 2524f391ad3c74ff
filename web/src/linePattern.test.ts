import { describe, expect, test } from "vitest";

import { LinePattern } from "./linePattern";

const isIn = (pattern: string, line: string, ignoresCase = false) => new LinePattern(pattern, ignoresCase).isIn(line);
const placesIn = (pattern: string, line: string, most = 100) =>
  new LinePattern(pattern, false).placesIn(line, most).map(([begin, end]) => line.slice(begin, end)).join("|");

test("a pattern is in a line, anywhere, and whatever its case if asked", () => {
  expect([isIn("error", "an error here"), isIn("^err", "an error"), isIn("[[:digit:]]{3}", "x123"), isIn("\\bis\\b", "this is")]).toEqual([true, false, true, true]);
  expect([isIn("ERROR", "error"), isIn("ERROR", "error", true), isIn("É", "é", true)]).toEqual([false, true, true]);
});

test("its places are marked", () => {
  expect(placesIn("tick [0-9]*5 ", "tick 15 tick 25 ")).toBe("tick 15 |tick 25 ");
  expect(placesIn("^a", "aa")).toBe("a");
  expect(placesIn("x*", "axxb")).toBe("xx");
  expect(placesIn("a", "aaaa", 2)).toBe("a|a");
  expect(placesIn("a$", "a".repeat(6_000))).toBe("");
});

describe("what is no pattern", () => {
  test.each([["(", /missing closing \)/], ["*a", /missing argument/], ["(a)\\1", /invalid escape/], ["(?=a)", /unsupported/], ["a{3,2}", /invalid repeat/], ["(a{100}){100}", /repeat/]])(
    "%s", (pattern, why) => expect(() => new LinePattern(pattern, false)).toThrow(why));
  test("is told as such however long and deep it is", () => {
    expect(() => new LinePattern("(a", true)).toThrow("missing closing ): `(a`");
    expect(() => new LinePattern("a".repeat(1001), false)).toThrow("more than 1000 characters");
    expect(() => new LinePattern("(".repeat(1000), false)).toThrow(SyntaxError);
    expect(() => new LinePattern("(a|b)*a(a|b){400}c", false)).toThrow("would take too long");
  });
});

test.each(["(a+)+$", "(a|aa)+$", "(a*)*b", "(a|b)*c", "(.*)(.*)(.*)(.*)(.*)x", "^(([a-z])+.)+[A-Z]([a-z])+$"])("%s takes a time that grows with the line alone", (pattern) => {
  expect(new LinePattern(pattern, false).isIn(`${"a".repeat(200_000)}!`)).toBe(false); // a tenth of a second; RegExp would take years
});
