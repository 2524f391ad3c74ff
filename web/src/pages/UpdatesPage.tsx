import { scheduler } from "../api";
import { LiveState, PageHead, Pager, Panel } from "../components/Basics";
import { UpdateTable } from "../components/UpdateRow";
import { useListState, useLive } from "../live";

const PAGE_SIZE = 25;

interface Props {
  title: string;
  active: boolean;
  everyMs: number;
  none: string;
}

function Updates({ title, active, everyMs, none }: Props) {
  const { page, setPage } = useListState("", active ? "active" : "");
  const live = useLive(() => scheduler.updates({ active, offset: page * PAGE_SIZE, limit: PAGE_SIZE }), active, everyMs, page);
  return (
    <Panel title={title}>
      <LiveState live={live} what="Error fetching updates" />
      {live.data && (live.data.total ? <UpdateTable updates={live.data.updates} withJob label={title} /> : <p class="muted">{none}</p>)}
      {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
    </Panel>
  );
}

export function UpdatesPage() {
  return (
    <>
      <PageHead title="Updates" crumbs={[{ text: "Home", href: "/scheduler" }, { text: "Updates" }]} />
      <Updates title="Updates In Progress" active everyMs={5000} none="No updates currently in progress." />
      <Updates title="Recently Completed Updates" active={false} everyMs={30_000} none="No updates to show." />
    </>
  );
}
