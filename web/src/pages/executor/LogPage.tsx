// Follows a growing file: starts near its end, reads on once a second, pages back when scrolled to the top
// (thermos-executor.md §21.6). A file of any size opens at once: only chunks are ever fetched.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { executor } from "../../api";
import { PageHead, sizeText } from "../../components/Basics";
import type { Chunk } from "../../types";

const CHUNK = 50_000;
const BACK = 32_768;
const KEPT = 400_000; // characters on the page; older text is fetched again when it is scrolled to

type Fetch = (offset: number, length: number) => Promise<Chunk>;

interface Window {
  text: string;
  begin: number; // offset in the file of the first character shown
  end: number; // offset where the next read starts
  size: number;
}

function useTail(fetchChunk: Fetch, key: string) {
  const [view, setView] = useState<Window>({ text: "", begin: 0, end: 0, size: 0 });
  const [note, setNote] = useState("(LOADING)");
  const state = useRef<Window | null>(null);
  const busy = useRef(false);

  const show = (next: Window) => {
    state.current = next;
    setView(next);
  };

  const open = async () => {
    const last = await fetchChunk(-1, BACK);
    const cut = last.offset > 0 ? last.data.indexOf("\n") + 1 : 0; // the first line is probably half a line
    show({ text: last.data.slice(cut) || last.data, begin: last.offset, end: last.offset + last.length, size: last.size });
  };
  const follow = async (now: Window) => {
    let chunk = await fetchChunk(now.end, CHUNK);
    if (chunk.size < now.end) return open(); // truncated or rotated: start again
    let next = now;
    while (chunk.length > 0) {
      let text = next.text + chunk.data;
      let begin = next.begin;
      if (text.length > KEPT) {
        begin += text.length - KEPT;
        text = text.slice(-KEPT);
      }
      next = { text, begin, end: chunk.offset + chunk.length, size: chunk.size };
      if (chunk.length < CHUNK) break;
      chunk = await fetchChunk(next.end, CHUNK);
    }
    if (next !== now) show(next);
  };

  useEffect(() => {
    let stopped = false;
    state.current = null;
    const step = async () => {
      if (stopped || busy.current || document.visibilityState === "hidden") return;
      busy.current = true;
      try {
        await (state.current ? follow(state.current) : open());
        setNote("");
      } catch {
        setNote(state.current ? "(FAILED TO TAIL ... RETRYING)" : "(FAILED TO INITIALIZE ... RETRYING)");
      }
      busy.current = false;
    };
    void step();
    const timer = setInterval(step, 1000);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [key]);

  const pageBack = async () => {
    const now = state.current;
    if (!now || busy.current) return;
    if (now.begin === 0) return setNote("(AT BEGINNING OF FILE)");
    busy.current = true;
    setNote("(PAGING)");
    try {
      const from = Math.max(0, now.begin - BACK);
      const chunk = await fetchChunk(from, now.begin - from);
      show({ ...now, text: chunk.data + now.text, begin: from });
      setNote("(PAGED)");
    } catch {
      setNote("(FAILED TO PAGE ... RETRYING)");
    }
    busy.current = false;
  };
  return { view, note, pageBack };
}

function Viewer({ fetchChunk, id, downloadHref, label }: { fetchChunk: Fetch; id: string; downloadHref: string; label: string }) {
  const { view, note, pageBack } = useTail(fetchChunk, id + label);
  const box = useRef<HTMLPreElement>(null);
  const atBottom = useRef(true);
  const height = useRef(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (atBottom.current) element.scrollTop = element.scrollHeight;
    else if (element.scrollTop < 5) element.scrollTop = element.scrollHeight - height.current;
    height.current = element.scrollHeight;
  }, [view.text]);
  const onScroll = () => {
    const element = box.current!;
    atBottom.current = element.scrollTop + element.clientHeight >= element.scrollHeight - 5;
    if (element.scrollTop === 0 && element.scrollHeight > element.clientHeight) void pageBack();
  };
  return (
    <>
      <p class="log-head">
        <b>log</b> {label} <a href={downloadHref}>download</a>{" "}
        <span class="muted">{sizeText(view.size)} {note}</span>
      </p>
      <pre class="log" ref={box} onScroll={onScroll} tabIndex={0}>{view.text}</pre>
    </>
  );
}

export function LogPage({ id, process, run, stream }: { id: string; process: string; run: string; stream: string }) {
  return (
    <>
      <PageHead
        title={stream}
        crumbs={[{ text: "Host", href: "/" }, { text: id, href: `/task/${id}` },
          { text: process, href: `/process/${id}/${encodeURIComponent(process)}` }, { text: `run ${run}` }]}
      />
      <Viewer
        fetchChunk={executor.log(id, process, Number(run), stream)} id={`${id}/${process}/${run}`} label={stream}
        downloadHref={executor.downloadUrl(id, `.logs/${process}/${run}/${stream}`)}
      />
    </>
  );
}

export function FilePage({ id, file: path }: { id: string; file: string }) {
  return (
    <>
      <PageHead title={path} crumbs={[{ text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: "sandbox", href: `/browse/${id}` }, { text: path }]} />
      <Viewer fetchChunk={executor.file(id, path)} id={id} label={path} downloadHref={executor.downloadUrl(id, path)} />
    </>
  );
}
