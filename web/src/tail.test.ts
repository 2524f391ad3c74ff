import { describe, expect, test } from "vitest";

import { extend, type Fetch, follow, pageBack, readable, type Tail, TailReader, type TailState, trimmed } from "./tail";

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

describe("reading further up while a file grows", () => {
  const KEPT = 400_000;
  test("nothing that is on the page goes, and the page stays bounded", async () => {
    let tail = at(100, "x".repeat(KEPT - 50));
    for (let size = KEPT; size < 3 * KEPT; size += 100_000) tail = await extend(tail, served("y".repeat(size)));
    expect(tail.pieces[0].offset).toBe(100);
    expect(tail.pieces.reduce((sum, piece) => sum + piece.length, 0)).toBeLessThanOrEqual(KEPT);
  });
  test("an answer without the torn character at its end is whole", async () => {
    const torn: Fetch = async (offset, length) => ({ data: "o", offset, length: length - 3, size: 50_003, fileId: "1" });
    expect(textOf(await pageBack(at(50_000, "new"), torn))).toBe("o|new");
  });
  test("the file that took its name is said, not shown among the old one's text", async () => {
    const before = at(50_000, "old");
    for (const read of [extend, pageBack]) {
      const tail = await read(before, served("new".repeat(50_000), "2"));
      expect([textOf(tail), tail.isReplaced]).toEqual(["old", true]);
    }
  });
  test("a file that was cut has nothing to page back to", async () => {
    expect((await pageBack(at(50_000, "old"), served("x".repeat(10)))).isReplaced).toBe(true);
  });
});

// Answers when it is told to.
class SlowServer {
  waiting: (() => void)[] = [];
  isAway = false;
  constructor(private readonly file: Fetch) {}
  fetch: Fetch = (offset, length) => new Promise((resolve, reject) => {
    this.waiting.push(() => (this.isAway ? reject(new Error("away")) : void this.file(offset, length).then(resolve)));
  });
  async answer(): Promise<void> {
    this.waiting.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

describe("a reader of a file", () => {
  const file = "a".repeat(40_000) + "b".repeat(40_000);
  async function opened(isFollowing = false) {
    const server = new SlowServer(served(file));
    let state: TailState = { tail: null, note: "" };
    const reader = new TailReader(server.fetch, () => isFollowing, (next) => (state = next));
    void reader.step();
    await server.answer();
    return { server, reader, begin: () => state.tail?.pieces[0].offset, note: () => state.note };
  }
  test("who asks for older text while news are asked for gets it when they are there", async () => {
    const { server, reader, begin } = await opened();
    expect(begin()).toBe(80_000 - 32_768);
    void reader.step();
    void reader.older();
    expect(server.waiting.length).toBe(1);
    await server.answer();
    await server.answer();
    expect(begin()).toBe(80_000 - 2 * 32_768);
  });
  test("asking twice for the same older text gives it once", async () => {
    const { server, reader, begin } = await opened();
    void reader.older();
    void reader.older();
    await server.answer();
    await server.answer();
    expect(begin()).toBe(80_000 - 2 * 32_768);
  });
  test("older text that could not be had is asked for again by itself", async () => {
    const { server, reader, begin, note } = await opened();
    server.isAway = true;
    void reader.older();
    await server.answer();
    expect(note()).toBe("(FAILED TO PAGE ... RETRYING)");
    server.isAway = false;
    void reader.step();
    await server.answer();
    expect([begin(), note()]).toEqual([80_000 - 2 * 32_768, "(PAGED)"]);
  });
  test("asked for before the file is open, older text follows", async () => {
    const server = new SlowServer(served(file));
    let state: TailState = { tail: null, note: "" };
    const reader = new TailReader(server.fetch, () => true, (next) => (state = next));
    void reader.step();
    void reader.older();
    await server.answer();
    await server.answer();
    expect(state.tail?.pieces[0].offset).toBe(80_000 - 2 * 32_768);
  });
});
