import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";

import { encodePath, executor } from "../../api";
import { LiveState, Moment, PageHead, Pager, Panel } from "../../components/Basics";
import { type Column, Table } from "../../components/Table";
import { useLive } from "../../live";
import type { FileEntry } from "../../types";
import { noSuchTask } from "./HostTaskPage";

const PAGE_SIZE = 200;

// Where something in a sandbox is. The address shows its path as text; `raw`, percent-encoded, is what counts when the
// bytes of a name are no text.
export interface Place {
  text: string;
  raw: string;
}

export const usePlace = (text: string): Place => ({ text, raw: useLocation().query.raw ?? encodePath(text) });

const join = (folder: string, name: string) => (folder ? `${folder}/${name}` : name);
const within = (folder: Place, entry: FileEntry): Place => ({ text: join(folder.text, entry.name), raw: join(folder.raw, entry.encodedName) });
const above = ({ text, raw }: Place, depth: number): Place => ({ text: text.split("/").slice(0, depth).join("/"), raw: raw.split("/").slice(0, depth).join("/") });

export const pageUrl = (kind: "browse" | "file", id: string, { text, raw }: Place) =>
  `/${kind}/${id}/${encodePath(text)}${text.includes("\uFFFD") ? `?raw=${encodeURIComponent(raw)}` : ""}`;

const columns = (id: string, folder: Place): Column<FileEntry>[] => [
  { title: "mode", cell: ({ mode }) => <code>{mode}</code> },
  { title: "owner", cell: ({ owner }) => owner },
  { title: "size", number: true, cell: ({ isDirectory, size }) => !isDirectory && size },
  { title: "changed", cell: ({ modifiedMs }) => <Moment at={modifiedMs} /> },
  {
    title: "name", role: "main",
    cell: (entry) => <a href={pageUrl(entry.isDirectory ? "browse" : "file", id, within(folder, entry))}>{entry.name}{entry.isDirectory ? "/" : ""}</a>,
  },
  {
    title: "download",
    cell: (entry) => !entry.isDirectory && <a href={executor.downloadUrl(id, within(folder, entry).raw)} aria-label={`download ${entry.name}`}>dl</a>,
  },
];

export const sandboxCrumbs = (id: string, place: Place) => [
  { text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: "sandbox", href: `/browse/${id}` },
  ...place.text.split("/").filter(Boolean).map((text, i) => ({ text, href: pageUrl("browse", id, above(place, i + 1)) })),
];

export function BrowsePage({ id, file = "" }: { id: string; file?: string }) {
  const place = usePlace(file);
  const [page, setPage] = useState(0);
  const live = useLive(() => executor.files(id, place.raw, { offset: page * PAGE_SIZE, limit: PAGE_SIZE }), [id, place.raw], 5000, page);
  const depth = place.text.split("/").filter(Boolean).length;
  const entries = live.data?.entries;
  return (
    <>
      <PageHead title={place.text || "sandbox"} crumbs={sandboxCrumbs(id, place)} />
      <LiveState live={live} what="Sandbox" next={noSuchTask} />
      {live.data && (
        <Panel>
          {depth > 0 && <a href={pageUrl("browse", id, above(place, depth - 1))}>.. (up)</a>}
          {!entries && <p class="muted">This is a file: <a href={pageUrl("file", id, place)}>show it</a>.</p>}
          {entries && entries.length > 0 && <Table columns={columns(id, place)} rows={entries} keyOf={(entry) => entry.encodedName} label="Files" />}
          {entries && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
          {entries && !live.data.isWhole && <p class="muted">This folder holds more than these {live.data.total} entries; the others are not listed.</p>}
          {live.data.total === 0 && <p class="muted">Empty.</p>}
        </Panel>
      )}
    </>
  );
}
