// A real cluster for one test run: the built executable in a folder and on ports of its own, with a home of its own.

import { execFile, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

export const role = process.getuid() === 0 ? "www-data" : os.userInfo().username;
const binary = path.resolve(process.env.AURORA_BUILD ?? "build", "aurora");

export const HANG_SECONDS = 60; // what takes longer has failed; nothing that works comes near it, even on a busy machine

export async function until(what, check) {
  const deadline = Date.now() + HANG_SECONDS * 1000;
  let last;
  while (Date.now() < deadline) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited ${HANG_SECONDS} s for ${what}; last: ${last?.message ?? JSON.stringify(last)}`);
}

// The first of `count` neighbouring ports that are all free, below those of the other suites (tests/e2e/ports.py).
async function freePorts(count) {
  const isFree = (port) =>
    new Promise((resolve) => {
      const server = net.createServer().once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
  for (let first = 15_000 + (process.pid % 4_900); ; first += count) {
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

export class Cluster {
  static async start() {
    const cluster = new Cluster();
    cluster.folder = fs.mkdtempSync(path.join(os.tmpdir(), "aurora-web-"));
    fs.chmodSync(cluster.folder, 0o755);
    const port = await freePorts(3);
    cluster.url = `http://127.0.0.1:${port}`;
    cluster.env = { ...process.env, HOME: cluster.folder, AURORA_CONFIG_ROOT: path.join(cluster.folder, "state") };
    const log = fs.openSync(path.join(cluster.folder, "devcluster.log"), "w");
    cluster.process = spawn(
      binary, ["devcluster", "--dir", path.join(cluster.folder, "state"), "--port", String(port), "--executors", "1", "--executor-gpus=2", "--executor-revocable_cpus=4", "--viz_job_url_prefix=http://stats.example/jobs/", "--max_tasks_per_job=10000"],
      { env: cluster.env, stdio: ["ignore", log, log] },
    );
    cluster.exit = new Promise((resolve) => cluster.process.on("exit", resolve));
    await until("a cluster that accepts jobs", async () => (await fetch(`${cluster.url}/leaderhealth`)).ok);
    return cluster;
  }

  log() {
    return fs.readFileSync(path.join(this.folder, "devcluster.log"), "utf8");
  }

  write(name, text) {
    const file = path.join(this.folder, name);
    fs.writeFileSync(file, text);
    fs.chmodSync(file, 0o644);
    return file;
  }

  // Runs a client verb to its end; throws what it printed if it fails.
  aurora(...args) {
    return new Promise((resolve, reject) => {
      execFile(binary, args, { env: this.env, cwd: this.folder }, (error, stdout, stderr) =>
        error ? reject(new Error(`aurora ${args.join(" ")}: ${stdout}${stderr}`)) : resolve(stdout + stderr));
    });
  }

  get(route) {
    return fetch(this.url + route).then((response) => response.json());
  }

  // A page of somebody who knows the password; what goes wrong in it is added to `errors`.
  async openAsAlice(browser, errors) {
    const password = fs.readFileSync(path.join(this.folder, "state", "secret"), "utf8").trim();
    const known = await browser.newContext({ viewport: { width: 1200, height: 820 }, httpCredentials: { username: "alice", password } });
    const page = await known.newPage();
    page.setDefaultTimeout(HANG_SECONDS * 1000);
    page.on("pageerror", (error) => errors.push(error.message));
    return { known, page };
  }

  async stop() {
    this.process.kill("SIGTERM");
    const killed = setTimeout(() => this.process.kill("SIGKILL"), 60_000);
    await this.exit;
    clearTimeout(killed);
    spawnSync("rm", ["-rf", this.folder]);
  }
}
