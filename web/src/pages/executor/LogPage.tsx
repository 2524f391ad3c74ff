import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";

import { encodePath, executor } from "../../api";
import { PageHead, sizeText } from "../../components/Basics";
import { type Fetch, type Piece, useTail } from "../../tail";
import { pageUrl, sandboxCrumbs, usePlace } from "./BrowsePage";

interface ViewerProps {
  fetchChunk: Fetch;
  id: string; // of what is shown
  downloadHref: string;
  label: string;
  kind: string;
  next: ComponentChildren; // what to do when it is not there
}

// The first line on the page is probably half a line.
const shown = ({ text, offset }: Piece, isFirst: boolean) => (isFirst && offset > 0 ? text.slice(text.indexOf("\n") + 1) || text : text);

const isNear = (element: HTMLElement) => element.scrollTop + element.clientHeight >= element.scrollHeight - 5;

// Follows while it is scrolled to its end, pages back when scrolled to its top.
function Viewer({ fetchChunk, id, downloadHref, label, kind, next }: ViewerProps) {
  const box = useRef<HTMLPreElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const following = useRef(true);
  const { tail, note, error, pageBack } = useTail(fetchChunk, id, () => following.current);
  const wantsOlder = useRef(false);
  const last = useRef({ begin: 0, height: 0 });
  const begin = tail?.pieces[0]?.offset ?? 0;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (following.current) element.scrollTop = element.scrollHeight;
    else if (begin < last.current.begin) {
      // What was on top stays there, or comes to the bottom for somebody who asked for what is before it.
      element.scrollTop += element.scrollHeight - last.current.height - (wantsOlder.current ? element.clientHeight - 40 : 0);
      wantsOlder.current = false;
    }
    last.current = { begin, height: element.scrollHeight };
  }, [tail]);
  const setFollowing = (is: boolean) => {
    following.current = is;
    setAtEnd(is);
  };
  const older = () => {
    setFollowing(false);
    wantsOlder.current = true;
    pageBack();
  };
  const onScroll = () => {
    const element = box.current!;
    setFollowing(isNear(element));
    if (element.scrollTop === 0 && element.scrollHeight > element.clientHeight) pageBack();
  };
  const toEnd = () => {
    setFollowing(true);
    box.current!.scrollTop = box.current!.scrollHeight;
  };
  return (
    <>
      <p class="log-head">
        <span><b>{kind}</b> {label} <a href={downloadHref}>download</a></span>{" "}
        <span class="muted" role="status">{tail ? sizeText(tail.size) : ""} {note}</span>
        <span class="right">
          {begin > 0 && <button onClick={older}>Older</button>}{" "}
          <button disabled={isAtEnd} onClick={toEnd}>{isAtEnd ? "Following" : "To the end"}</button>
        </span>
      </p>
      {error && error.status !== 0 && <div class="error" role="alert">{error.message}<div class="next">{next}</div></div>}
      <pre class="log" ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label={label}>
        {tail?.pieces.map((piece, i) => <span key={piece.offset}>{shown(piece, i === 0)}</span>)}
        {tail && !tail.size && <span class="muted">Nothing has been written yet.</span>}
      </pre>
    </>
  );
}

export function LogPage({ id, process, run, stream }: { id: string; process: string; run: string; stream: string }) {
  const processHref = `/process/${id}/${encodeURIComponent(process)}`;
  return (
    <>
      <PageHead
        title={stream} tab={`${stream} of ${process}`}
        crumbs={[{ text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: process, href: processHref },
          { text: `run ${run}`, href: processHref }, { text: stream }]}
      />
      <Viewer
        fetchChunk={executor.log(id, process, run, stream)} key={`${id}/${process}/${run}/${stream}`} id={`${id}/${process}/${run}/${stream}`}
        label={stream} kind="log" downloadHref={executor.downloadUrl(id, encodePath(`.logs/${process}/${run}/${stream}`))}
        next={<>See the <a href={`/task/${id}`}>task</a> and what its processes have run.</>}
      />
    </>
  );
}

export function FilePage({ id, file: path }: { id: string; file: string }) {
  const { route } = useLocation();
  const place = usePlace(path);
  const read = executor.file(id, place.raw);
  const fetchChunk: Fetch = async (offset, length) => {
    const answer = await read(offset, length);
    if ("data" in answer) return answer;
    route(pageUrl("browse", id, place), true); // a folder
    return { data: "", offset: 0, length: 0, size: 0, fileId: "" };
  };
  return (
    <>
      <PageHead title={path} tab={path.split("/").pop()} crumbs={sandboxCrumbs(id, place)} />
      <Viewer
        fetchChunk={fetchChunk} key={`${id}/${place.raw}`} id={`${id}/${place.raw}`} label={path} kind="filename"
        downloadHref={executor.downloadUrl(id, place.raw)}
        next={<>See what is in the <a href={`/browse/${id}`}>sandbox</a>.</>}
      />
    </>
  );
}
