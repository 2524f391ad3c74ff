import { describe, expect, test } from "vitest";

import { type Fetch, follow, readable, type Tail, trimmed } from "./tail";

test.each([
  ["colour codes go", "\x1b[1;31mred\x1b[0m \x1b]0;title\x07done", "red done"],
  ["a progress bar becomes lines", "1%\r50%\r\n100%", "1%\n50%\n100%"],
  ["other control characters are seen", "a\x00b\x07\tc\n", "a␀b␇\tc\n"],
  ["an escape alone is seen", "\x1b", "␛"],
])("%s", (_, raw, text) => expect(readable(raw)).toBe(text));

// A file as the executor serves it: bytes are characters here.
const served = (content: string, fileId = "1"): Fetch => async (offset, length) => {
  const from = offset < 0 ? Math.max(0, content.length - length) : offset;
  const data = content.slice(from, from + length);
  return { data, offset: from, length: data.length, size: content.length, fileId };
};
const at = (offset: number, text: string): Tail => ({ pieces: [{ offset, length: text.length, text }], size: offset + text.length, fileId: "1" });
const textOf = (tail: Tail) => tail.pieces.map((piece) => piece.text).join("|");

describe("following a file", () => {
  test("adds what was written since", async () => expect(textOf(await follow(at(0, "one "), served("one two")))).toBe("one |two"));
  test("is quiet when nothing was", async () => {
    const tail = at(0, "one");
    expect(await follow(tail, served("one"))).toBe(tail);
  });
  test("starts again in a file that took its name", async () => expect(textOf(await follow(at(0, "one"), served("another", "2")))).toBe("another"));
  test("starts again when the file was cut", async () => expect(textOf(await follow(at(0, "one two"), served("one")))).toBe("one"));
  test("leaps over what is too much", async () => {
    const tail = await follow(at(0, "begin"), served(`begin${"x".repeat(1_000_000)}end`));
    expect(tail.pieces[0].offset).toBeGreaterThan(900_000);
    expect(textOf(tail).endsWith("end")).toBe(true);
  });
});

test("old pieces go when there are too many bytes or pieces, and the last one stays", () => {
  const pieces = (count: number, length: number): Tail => ({
    pieces: Array.from({ length: count }, (_, i) => ({ offset: i * length, length, text: "" })), size: count * length, fileId: "1",
  });
  expect(trimmed(pieces(10, 100_000)).pieces.map((piece) => piece.offset)).toEqual([600_000, 700_000, 800_000, 900_000]);
  expect(trimmed(pieces(3_000, 1)).pieces.length).toBe(2_000);
  expect(trimmed(pieces(1, 1_000_000)).pieces.length).toBe(1);
});
