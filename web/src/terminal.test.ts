import { describe, expect, test, vi } from "vitest";

vi.mock("@xterm/xterm", () => ({ Terminal: class {} }));
vi.mock("@xterm/addon-fit", () => ({ FitAddon: class {} }));
vi.mock("@xterm/xterm/css/xterm.css", () => ({}));

const { describeEnd } = await import("./terminal");

describe("the end of a shell", () => {
  test("is its exit code or signal, and who wanted it", () => {
    expect(describeEnd('{"exit":{"code":0}}')).toBe("exit code 0");
    expect(describeEnd('{"exit":{"signal":"KILL"},"reason":"its task has ended"}')).toBe("signal KILL, because its task has ended");
  });
});
