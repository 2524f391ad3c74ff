// What a page costs on the wire: every byte that comes for it, heads and streams included.

import { until } from "./cluster.mjs";

export const FIRST_BYTES_MAX = 100_000; // before anything is clicked, by somebody who has never been here
export const QUIET_BYTES_MAX = 2_000; // each second in which nothing happens

export class Wire {
  // A page of somebody who has nothing of it yet.
  static async open(browser, viewport = { width: 1280, height: 820 }) {
    const wire = new Wire();
    wire.context = await browser.newContext({ viewport });
    wire.page = await wire.context.newPage();
    wire.requests = new Map();
    const session = await wire.context.newCDPSession(wire.page);
    await session.send("Network.enable");
    const of = (id) => wire.requests.get(id) ?? { url: "?", came: 0, total: 0 };
    session.on("Network.requestWillBeSent", ({ requestId, request }) => wire.requests.set(requestId, { ...of(requestId), url: request.url }));
    session.on("Network.dataReceived", ({ requestId, encodedDataLength }) => (of(requestId).came += encodedDataLength));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => (of(requestId).total = encodedDataLength));
    return wire;
  }

  // In the order of the requests. Streams never finish: of those it is what came.
  get answers() {
    return [...this.requests.values()].map(({ url, came, total }) => ({ url, bytes: Math.max(came, total) }));
  }
  get bytes() {
    return this.answers.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  // Fails if the page that is loaded now has cost too much. `isLoaded` waits for what it shows.
  async checkFirst(url, isLoaded) {
    await this.page.goto(url);
    await isLoaded(this.page);
    await this.page.waitForTimeout(1000);
    if (this.bytes > FIRST_BYTES_MAX) throw new Error(`${this.bytes} bytes before anything was clicked:\n${this.told()}`);
    if (this.bytes < 10_000) throw new Error(`${this.bytes} bytes cannot be all`);
  }

  // Fails if it goes on costing too much, once it has come to rest.
  async checkQuiet() {
    const SECONDS = 10;
    await until("a page that rests", async () => {
      const before = this.bytes;
      await this.page.waitForTimeout(SECONDS * 1000);
      this.last = this.bytes - before;
      return this.last <= QUIET_BYTES_MAX * SECONDS;
    }).catch(() => {
      throw new Error(`${this.last} bytes in ${SECONDS} seconds in which nothing happened`);
    });
  }

  told() {
    return this.answers.map(({ url, bytes }) => `${bytes} ${url}`).join("\n");
  }

  close() {
    return this.context.close();
  }
}
