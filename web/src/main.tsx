import { render } from "preact";
import { ErrorBoundary, LocationProvider, Route, Router } from "preact-iso";

import { Layout } from "./components/Layout";
import { HomePage } from "./pages/HomePage";
import { HostsPage } from "./pages/HostsPage";
import { InstancePage, TaskPage } from "./pages/InstancePage";
import { JobPage } from "./pages/JobPage";
import { NotFound } from "./pages/NotFound";
import { PendingPage } from "./pages/PendingPage";
import { RolePage } from "./pages/RolePage";
import { ShellPage } from "./pages/ShellPage";
import { RolesPage } from "./pages/RolesPage";
import { UpdatePage } from "./pages/UpdatePage";
import { UpdatesPage } from "./pages/UpdatesPage";
import { BrowsePage } from "./pages/executor/BrowsePage";
import { HostPage } from "./pages/executor/HostPage";
import { HostShellPage } from "./pages/executor/HostShellPage";
import { HostTaskPage } from "./pages/executor/HostTaskPage";
import { LinesPage } from "./pages/executor/LinesPage";
import { FilePage, LogPage } from "./pages/executor/LogPage";
import { ProcessPage } from "./pages/executor/ProcessPage";
import "./style.css";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

// 0.7 linked updates as /scheduler/role/env/job/<update id>; later releases put an instance there.
function InstanceOrUpdate(props: { role: string; environment: string; name: string; instance: string }) {
  return UUID.test(props.instance) ? <UpdatePage {...props} id={props.instance} /> : <InstancePage {...props} />;
}

function SchedulerRoutes() {
  return (
    <Router>
      <Route path="/" component={HomePage} />
      <Route path="/scheduler" component={RolesPage} />
      <Route path="/scheduler/:role" component={RolePage} />
      <Route path="/scheduler/:role/:environment" component={RolePage} />
      <Route path="/scheduler/:role/:environment/:name" component={JobPage} />
      <Route path="/scheduler/:role/:environment/:name/:instance" component={InstanceOrUpdate} />
      <Route path="/scheduler/:role/:environment/:name/:instance/shell" component={ShellPage} />
      <Route path="/scheduler/:role/:environment/:name/task/:taskId" component={TaskPage} />
      <Route path="/scheduler/:role/:environment/:name/update/:id" component={UpdatePage} />
      <Route path="/updates" component={UpdatesPage} />
      <Route path="/pending" component={PendingPage} />
      <Route path="/hosts" component={HostsPage} />
      <Route default component={NotFound} />
    </Router>
  );
}

function ExecutorRoutes() {
  return (
    <Router>
      <Route path="/" component={HostPage} />
      <Route path="/task/:id" component={HostTaskPage} />
      <Route path="/shell/:id" component={HostShellPage} />
      <Route path="/process/:id/:process" component={ProcessPage} />
      <Route path="/logs/:id/:process/:run/:stream" component={LogPage} />
      <Route path="/lines/:id" component={LinesPage} />
      <Route path="/browse/:id/:file*" component={BrowsePage} />
      <Route path="/file/:id/:file+" component={FilePage} />
      <Route default component={NotFound} />
    </Router>
  );
}

const mode = document.querySelector<HTMLMetaElement>('meta[name="aurora-mode"]')?.content ?? "scheduler";

// Links that the pages answer themselves; everything else (downloads, /vars) is the browser's.
const PAGES = /^\/($|(scheduler|updates|pending|hosts|task|shell|process|logs|lines|browse|file)(\/|$))/;

// An address that is no text would throw in the router: take its % signs literally.
try {
  decodeURIComponent(location.pathname);
} catch {
  history.replaceState(null, "", location.pathname.replaceAll("%", "%25") + location.search);
}

render(
  <LocationProvider scope={PAGES}>
    <ErrorBoundary>
      <Layout mode={mode}>{mode === "executor" ? <ExecutorRoutes /> : <SchedulerRoutes />}</Layout>
    </ErrorBoundary>
  </LocationProvider>,
  document.getElementById("app")!,
);
