// What happens in the cluster, as it happens. Those who subscribe with the same filter share one connection; a page that
// nobody looks at has none, for a browser opens only six to a server.

export interface ClusterEvent {
  token: string;
  timestamp: number; // milliseconds since the epoch
  type: EventType;
  role?: string;
  environment?: string;
  name?: string;
  instanceId?: number;
  taskId?: string;
  host?: string;
  updateId?: string;
  from?: string;
  to: string;
  user?: string;
  message?: string;
  reason?: string;
}
export type EventType = "task" | "job" | "update" | "cron" | "host" | "quota";
const TYPES: EventType[] = ["task", "job", "update", "cron", "host", "quota"];

// Of what is left out: all.
export interface EventFilter {
  type?: EventType[];
  role?: string;
  environment?: string;
  name?: string;
  taskId?: string;
  host?: string;
}

export interface Subscriber {
  onEvent: (event: ClusterEvent) => void;
  // Whether events come from now on. Each time they begin to, some may have been missed: what is shown has to be read
  // again; and while they do not, asked for now and then.
  onLive?: (isLive: boolean) => void;
}

const RETRY_MS_MIN = 2_000;
const RETRY_MS_MAX = 60_000;

function address(filter: EventFilter): string {
  const params = new URLSearchParams({ follow: "true" });
  for (const name of ["role", "environment", "name", "taskId", "host"] as const) {
    const value = filter[name];
    if (value) params.set(name, value);
  }
  if (filter.type?.length) params.set("type", filter.type.join(","));
  return `/v1/events?${params}`;
}

class Connection {
  readonly subscribers = new Set<Subscriber>();
  isLive = false;
  private source?: EventSource;
  private retry?: ReturnType<typeof setTimeout>;
  private retryMs = RETRY_MS_MIN;
  private token = "";

  constructor(private readonly url: string) {
    document.addEventListener("visibilitychange", this.look);
    this.look();
  }

  close() {
    document.removeEventListener("visibilitychange", this.look);
    this.drop();
  }

  private readonly look = () => {
    if (document.visibilityState !== "visible") this.drop();
    else if (!this.source && !this.retry) this.open();
  };

  private drop() {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.source?.close();
    this.source = undefined;
    this.tell(false);
  }

  private tell(isLive: boolean) {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    for (const subscriber of [...this.subscribers]) subscriber.onLive?.(isLive);
  }

  private open() {
    if (typeof EventSource === "undefined") return;
    const source = new EventSource(this.url);
    this.source = source;
    source.onopen = () => {
      this.retryMs = RETRY_MS_MIN;
      this.tell(true);
    };
    source.onerror = () => {
      this.tell(false);
      // It comes back by itself, behind its last event, unless it was refused: then we begin with what comes next.
      if (source.readyState === EventSource.CLOSED && this.source === source) this.openLater();
    };
    for (const type of TYPES) source.addEventListener(type, (message) => this.take((message as MessageEvent<string>).data));
  }

  private openLater() {
    this.source = undefined;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.look();
    }, this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, RETRY_MS_MAX);
  }

  private take(text: string) {
    let event: ClusterEvent;
    try {
      event = JSON.parse(text) as ClusterEvent;
    } catch {
      return;
    }
    if (event.token === this.token) return;
    this.token = event.token;
    for (const subscriber of [...this.subscribers]) subscriber.onEvent(event);
  }
}

const connections = new Map<string, Connection>();

// Gives the function that ends it.
export function subscribe(filter: EventFilter, subscriber: Subscriber): () => void {
  const url = address(filter);
  const connection = connections.get(url) ?? new Connection(url);
  connections.set(url, connection);
  connection.subscribers.add(subscriber);
  if (connection.isLive) subscriber.onLive?.(true);
  return () => {
    connection.subscribers.delete(subscriber);
    if (connection.subscribers.size || connections.get(url) !== connection) return;
    connections.delete(url);
    connection.close();
  };
}
