#include "aurora/scheduler/recovery.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "aurora/base/log.h"
#include "aurora/store/staged_copy.h"

namespace aurora::scheduler {
namespace {

constexpr size_t kJobsMax = 16;           // that wait for the thread
constexpr size_t kTasksPerBatch = 1'000;  // deleted with one sync; readers look in between

const std::string kSuspended =
    "A backup is being made the state of this scheduler, which then ends and starts again with it; nothing can be changed "
    "until then. Try again when it is back";

Error no_backup() { return {ErrorCode::FailedPrecondition, "No backup loaded."}; }

// What is counted while a copy is loaded, by what tells of it.
const char* noun_of(const core::Change& change) {
  if (std::holds_alternative<core::TaskSaved>(change)) return "tasks";
  if (std::holds_alternative<core::HostSaved>(change)) return "hosts";
  if (std::holds_alternative<core::UpdateSaved>(change)) return "updates";
  if (std::holds_alternative<core::CronJobSaved>(change)) return "cronJobs";
  if (std::holds_alternative<core::QuotaSaved>(change)) return "quotas";
  return nullptr;
}

std::vector<core::Change> deletions(const core::TaskPage& page) {
  std::vector<core::Change> changes;
  for (const core::Task* task : page.tasks) changes.push_back(core::TaskDeleted{task->id});
  return changes;
}

}  // namespace

std::string backup_name(const store::Backup& backup) {
  std::string stamp = to_iso8601(backup.at).substr(0, std::string_view("2025-12-31T23:59:59").size());
  std::ranges::replace_if(stamp, [](char c) { return c == ':' || c == 'T'; }, '-');
  return "scheduler-backup-" + stamp + "-" + std::to_string(backup.id);
}

struct Recovery::State {
  State(RecoveryConfig the_config, Engine& the_engine, const Clock& the_clock)
      : config(std::move(the_config)), engine(the_engine), clock(the_clock) {}

  void run();
  Status add(RecoveryState next, std::function<void()> job);  // under the lock
  void load(const store::Backup& backup);
  Result<std::shared_ptr<Staged>> read(const store::Backup& backup);
  Result<core::Message> delete_tasks(const core::TaskQuery& query);
  Result<core::Message> commit();
  Status check_staged() const;  // under the lock: and nothing is being done with it
  void settle(RecoveryState from, RecoveryState to);  // unless it was discarded meanwhile
  void fail(const Error& error);
  void drop();

  const RecoveryConfig config;
  Engine& engine;
  const Clock& clock;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  RecoveryState state = RecoveryState::None;
  std::string backup;
  std::string message;
  std::map<std::string, int64_t> counts;
  std::shared_ptr<Staged> staged;  // written by the thread
  std::deque<std::function<void()>> jobs;
  bool stopping = false;

  std::atomic<bool> unwanted = false;        // what is being loaded
  std::unique_ptr<store::StagedCopy> copy;  // the thread's own
  std::thread thread;
};

Recovery::Recovery(RecoveryConfig config, Engine& engine, const Clock& clock)
    : state_(std::make_unique<State>(std::move(config), engine, clock)) {
  store::remove_staged_copy(state_->config.folder);
  state_->thread = std::thread([this] { state_->run(); });
}

Recovery::~Recovery() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->unwanted = true;
  state_->changed.notify_all();
  state_->thread.join();
}

void Recovery::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stopping || !jobs.empty(); });
    if (jobs.empty()) return;
    const std::function<void()> job = std::move(jobs.front());
    jobs.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

Status Recovery::State::add(RecoveryState next, std::function<void()> job) {
  if (jobs.size() >= kJobsMax || stopping)
    return Error{ErrorCode::Unavailable, "the scheduler has much to do with backups; try again in a few seconds"};
  state = next;
  jobs.push_back(std::move(job));
  changed.notify_all();
  return Unit{};
}

void Recovery::State::settle(RecoveryState from, RecoveryState to) {
  const std::lock_guard lock(mutex);
  if (state == from) state = to;
}

Status Recovery::State::check_staged() const {
  switch (state) {
    case RecoveryState::None:
    case RecoveryState::Failed:
    case RecoveryState::Discarding:
      return no_backup();
    case RecoveryState::Staged:
      return Unit{};
    case RecoveryState::Loading:
      return Error{ErrorCode::FailedPrecondition,
                   "Backup " + backup + " is still being loaded; try again when it is STAGED"};
    case RecoveryState::Deleting:
      return Error{ErrorCode::FailedPrecondition,
                   "Tasks are being deleted from backup " + backup + "; try again in a few seconds"};
    case RecoveryState::Committing:
    case RecoveryState::Committed:
      return Error{ErrorCode::FailedPrecondition, kSuspended};
  }
  return no_backup();
}

void Recovery::State::fail(const Error& error) {
  log_error("scheduler", error.message);
  drop();
  const std::lock_guard lock(mutex);
  if (state == RecoveryState::Discarding) return;
  state = RecoveryState::Failed;
  message = error.message;
}

// On the thread. Who reads it still keeps it for that long.
void Recovery::State::drop() {
  std::shared_ptr<Staged> old;
  {
    const std::lock_guard lock(mutex);
    old.swap(staged);
    counts.clear();
  }
  copy.reset();
}

Result<std::shared_ptr<Recovery::Staged>> Recovery::State::read(const store::Backup& from) {
  copy = TRY(store::StagedCopy::unpack({config.folder, config.backups.folder, from, engine.settings().cluster_id}));
  const core::SchedulerSettings& settings = engine.settings();
  auto loaded = std::make_shared<Staged>(settings.overhead, settings.offer_order);
  constexpr int64_t kTellEvery = 10'000;
  std::map<std::string, int64_t> counted;
  int64_t records = 0;
  TRY(copy->load([&](core::Change change) {
    if (unwanted) return;  // read to the end all the same
    if (const char* noun = noun_of(change)) ++counted[noun];
    loaded->cluster.apply(std::move(change));
    if (++records % kTellEvery != 0) return;
    const std::lock_guard lock(mutex);
    counts = counted;
  }));
  const std::lock_guard lock(mutex);
  counts = std::move(counted);
  return loaded;
}

void Recovery::State::load(const store::Backup& from) {
  auto loaded = read(from);
  if (!loaded.ok()) return fail(loaded.error());
  const std::lock_guard lock(mutex);
  if (state != RecoveryState::Loading) return;  // it was discarded, which is done next
  staged = std::move(*loaded);
  state = RecoveryState::Staged;
  log_info("scheduler", "backup " + backup + " is loaded beside the live state");
}

Result<core::Message> Recovery::State::delete_tasks(const core::TaskQuery& query) {
  core::Message answer;
  while (!unwanted) {
    std::vector<core::Change> changes;
    {
      const std::shared_lock lock(staged->mutex);
      changes = deletions(staged->cluster.list_task_page(query, {0, kTasksPerBatch}));
    }
    if (changes.empty()) break;
    TRY(copy->commit(changes));
    {
      const std::lock_guard lock(staged->mutex);
      for (const core::Change& change : changes) staged->cluster.apply(change);
    }
    answer.count += static_cast<int32_t>(changes.size());
    const std::lock_guard lock(mutex);
    counts["tasks"] -= static_cast<int64_t>(changes.size());
  }
  answer.text = std::to_string(answer.count) + (answer.count == 1 ? " task" : " tasks") + " deleted from the backup.";
  return answer;
}

Result<core::Message> Recovery::State::commit() {
  engine.suspend(kSuspended);
  const auto aside = copy->replace(clock.now());
  if (!aside.ok()) {
    engine.resume();
    fail({aside.error().code, "The backup was not committed, and nothing has changed: " + aside.error().message});
    return aside.error();
  }
  settle(RecoveryState::Committing, RecoveryState::Committed);
  std::string text = "Backup " + backup + " is the state of the next start; this scheduler ends. What was there will be in " +
                     config.folder + "/" + *aside + ".";
  log_warning("scheduler", text);
  return core::Message{std::move(text), 0};
}

const std::string& Recovery::backup_folder() const { return state_->config.backups.folder; }

Result<std::vector<store::Backup>> Recovery::list_backups() const {
  auto backups = store::list_backups(backup_folder());
  if (!backups.ok() && backups.error().code == ErrorCode::NotFound) return std::vector<store::Backup>();  // not one yet
  return backups;
}

void Recovery::make_backup(std::function<void(Result<store::Backup>)> done) const {
  state_->config.make_backup(std::move(done));
}

Result<core::Message> Recovery::stage(const std::string& name) {
  const std::vector<store::Backup> backups = TRY(list_backups());
  const auto found = std::ranges::find_if(
      backups, [&](const store::Backup& one) { return name == backup_name(one) || name == std::to_string(one.id); });
  if (found == backups.end())
    return Error{ErrorCode::NotFound, "Backup " + backup_folder() + "/" + name + " does not exist."};
  const std::lock_guard lock(state_->mutex);
  const bool is_free = state_->state == RecoveryState::None || state_->state == RecoveryState::Failed;
  if (!is_free) return Error{ErrorCode::FailedPrecondition, "Another backup is already loaded."};
  state_->unwanted = false;
  TRY(state_->add(RecoveryState::Loading, [state = state_.get(), backup = *found] { state->load(backup); }));
  state_->backup = backup_name(*found);
  state_->message.clear();
  state_->counts.clear();
  return core::Message{"Backup " + state_->backup + " is being loaded.", 0};
}

RecoveryReport Recovery::report() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->state == RecoveryState::None) return {};
  return {state_->state, state_->backup, state_->message, state_->counts};
}

Result<std::shared_ptr<const Recovery::Staged>> Recovery::find_staged() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->staged) return std::shared_ptr<const Staged>(state_->staged);
  TRY(state_->check_staged());
  return no_backup();
}

void Recovery::delete_tasks(core::TaskQuery query, Done done) {
  const auto job = [state = state_.get(), query = std::move(query), done] {
    Result<core::Message> answer = state->delete_tasks(query);
    if (!answer.ok()) state->fail(answer.error());
    state->settle(RecoveryState::Deleting, RecoveryState::Staged);
    done(std::move(answer));
  };
  begin(RecoveryState::Deleting, job, done);
}

void Recovery::commit(Done done) {
  const auto job = [state = state_.get(), done] {
    Result<core::Message> answer = state->commit();
    const bool is_committed = answer.ok();
    done(std::move(answer));
    if (is_committed) state->config.on_committed();
  };
  begin(RecoveryState::Committing, job, done);
}

void Recovery::begin(RecoveryState next, std::function<void()> job, const Done& done) {
  Status begun = Unit{};
  {
    const std::lock_guard lock(state_->mutex);
    begun = state_->check_staged();
    if (begun.ok()) begun = state_->add(next, std::move(job));
  }
  if (!begun.ok()) done(begun.error());
}

void Recovery::discard(Done done) {
  std::optional<Result<core::Message>> answer;
  {
    const std::lock_guard lock(state_->mutex);
    const RecoveryState was = state_->state;
    if (was == RecoveryState::None) {
      answer = core::Message{"There was no backup loaded.", 0};
    } else if (was == RecoveryState::Committing || was == RecoveryState::Committed) {
      answer = Error{ErrorCode::FailedPrecondition, kSuspended};
    } else {
      state_->unwanted = true;
      const Status begun = state_->add(RecoveryState::Discarding, [state = state_.get(), done] {
        state->drop();
        state->settle(RecoveryState::Discarding, RecoveryState::None);
        done(core::Message{"The backup is unloaded.", 0});
      });
      if (!begun.ok()) answer = begun.error();
    }
  }
  if (answer) done(std::move(*answer));
}

bool Recovery::is_committed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->state == RecoveryState::Committed;
}

}  // namespace aurora::scheduler
