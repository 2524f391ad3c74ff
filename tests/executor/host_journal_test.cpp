#include "aurora/executor/host_journal.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "executor/bytes.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

namespace {

const core::TaskId kTask("t");

std::vector<core::HostRecord> a_life(Instant at) {
  core::HostTaskSummary summary{{"www", "prod", "web"},          3, 1.5, 128, 64, {{"http", 31000}},
                                {"/dev/nvidia0", "/dev/nvidia1"}};
  return {core::TaskAccepted{kTask, at, summary}, core::KillAccepted{kTask, at},
          core::TaskEnded{kTask, at, core::TaskStatus::Killed, "Instructed to kill task."},
          core::EndAcknowledged{kTask}};
}

std::unique_ptr<HostJournal> open(const std::string& path, Instant now) {
  auto journal = open_host_journal(path, now);
  REQUIRE(journal.ok());
  return std::move(journal).value();
}

// While it lives a file takes no more bytes than that, as on a full disk: the rest of a write is refused.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : before_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit small{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

 private:
  void (*before_)(int);
  rlimit limit_{};
};

}  // namespace

TEST_CASE("records survive the executor") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  const Instant now{1'000'000};
  REQUIRE(open(path, now)->append(a_life(now)).ok());
  const auto records = open(path, now)->load();
  REQUIRE(records.ok());
  REQUIRE(records->size() == 4);
  const auto& accepted = std::get<core::TaskAccepted>(records->at(0));
  CHECK(accepted.summary == std::get<core::TaskAccepted>(a_life(now)[0]).summary);
  CHECK(std::get<core::TaskEnded>(records->at(2)).message == "Instructed to kill task.");
  CHECK(std::holds_alternative<core::EndAcknowledged>(records->at(3)));
}

TEST_CASE("a torn tail is dropped and written over") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  REQUIRE(open(path, Instant{})->append(a_life(Instant{})).ok());
  const std::string whole = *os::read_file(path);
  REQUIRE(os::write_file(path, std::string_view(whole).substr(0, whole.size() - 3)).ok());
  {
    const auto journal = open(path, Instant{});
    CHECK(journal->load()->size() == 3);
    REQUIRE(journal->append({core::EndAcknowledged{kTask}}).ok());
  }
  CHECK(open(path, Instant{})->load()->size() == 4);
}

TEST_CASE("a journal that cannot be rewritten goes on as it is, without its torn tail") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  REQUIRE(open(path, Instant{})->append(a_life(Instant{})).ok());
  const std::string whole = *os::read_file(path);
  REQUIRE(os::write_file(path, std::string_view(whole).substr(0, whole.size() - 3)).ok());
  REQUIRE(os::make_folders(path + ".new/in the way").ok());
  {
    const auto journal = open(path, Instant{});
    CHECK(journal->load()->size() == 3);
    REQUIRE(journal->append({core::EndAcknowledged{kTask}}).ok());
  }
  CHECK(open(path, Instant{})->load()->size() == 4);
}

TEST_CASE("of a damaged journal for whose copy there is no room nothing is left beside it") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  REQUIRE(open(path, Instant{})->append(a_life(Instant{})).ok());
  const std::string whole = *os::read_file(path);
  REQUIRE(os::write_file(path, whole + std::string(10'000, 'x')).ok());
  {
    const SmallFiles full(static_cast<rlim_t>(whole.size() / 2));
    CHECK(open(path, Instant{1})->load()->size() == 4);
  }
  std::vector<std::string> names = os::list_names(folder.path());
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"journal", "journal.lock"});
  CHECK(open(path, Instant{2})->load()->size() == 4);
}

TEST_CASE("one executor at a time") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  const auto first = open(path, Instant{});
  const auto second = open_host_journal(path, Instant{});
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::FailedPrecondition);
}

TEST_CASE("why a task ended survives; records from before there were reasons are read") {
  const core::EndReason reason{.cause = core::EndCause::Signaled,
                               .process = "web",
                               .run = 2,
                               .signal = 9,
                               .subject = "s",
                               .actor = "a",
                               .detail = "d"};
  const core::TaskEnded ended{kTask, Instant{7}, core::TaskStatus::Failed, "Task failed.", reason};
  const auto again = decode_record(encode_record(ended));
  REQUIRE(again.ok());
  CHECK(std::get<core::TaskEnded>(*again).reason == reason);

  const std::string_view old(
      "\x02\x01\x00\x00\x00t\x07\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x04\x00\x00\x00"
      "Bye.",
      26);
  const auto before = decode_record(old);
  REQUIRE(before.ok());
  CHECK(std::get<core::TaskEnded>(*before).message == "Bye.");
  CHECK(std::get<core::TaskEnded>(*before).status == core::TaskStatus::Failed);
  CHECK_FALSE(std::get<core::TaskEnded>(*before).reason.has_value());
}

TEST_CASE("why the executor ends a task survives it") {
  for (const core::RunnerOutcome& outcome :
       {core::failed_health_check("http", "no answer"), core::disk_limit_exceeded(1, 2),
        core::RunnerOutcome{core::TaskStatus::Failed, "Task used more memory than requested."}}) {
    const auto again = decode_record(encode_record(core::EndAccepted{kTask, Instant{7}, outcome}));
    REQUIRE(again.ok());
    const auto& accepted = std::get<core::EndAccepted>(*again);
    CHECK(accepted.task_id == kTask);
    CHECK(accepted.at == Instant{7});
    CHECK(accepted.outcome == outcome);
  }
  const core::EndAccepted active{kTask, Instant{7}, {core::TaskStatus::Running, ""}};
  CHECK(decode_record(encode_record(active)).error().code == ErrorCode::DataLoss);
}

TEST_CASE("that a task was healthy survives the executor") {
  const auto again = decode_record(encode_record(core::TaskHealthy{kTask, Instant{7}}));
  REQUIRE(again.ok());
  CHECK(std::get<core::TaskHealthy>(*again).task_id == kTask);
  CHECK(std::get<core::TaskHealthy>(*again).at == Instant{7});
}

TEST_CASE("damage in the middle costs what it touches; the damaged file is kept") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  REQUIRE(open(path, Instant{})->append(a_life(Instant{})).ok());
  const std::string whole = *os::read_file(path);
  for (size_t at = 0; at < whole.size(); at += 3) {
    std::string bytes = whole;
    bytes[at] ^= 1;
    REQUIRE(os::write_file(path, bytes).ok());
    const Instant now{static_cast<int64_t>(1000 + at)};
    CHECK(open(path, now)->load()->size() == 3);
    CHECK(*os::read_file(path + ".damaged-" + std::to_string(now.ms)) == bytes);
    CHECK(open(path, now)->load()->size() == 3);
  }
  size_t kept = 0;
  for (const std::string& name : os::list_names(folder.path()))
    kept += name.starts_with("journal.damaged-") ? 1 : 0;
  CHECK(kept == 5);
}

TEST_CASE("a journal of nothing but zeros, and one that is empty, have no records and go on") {
  for (const size_t size : {0, 4096}) {
    const test::TempFolder folder;
    const std::string path = folder.path() + "/journal";
    REQUIRE(os::write_file(path, std::string(size, '\0')).ok());
    const auto journal = open(path, Instant{});
    CHECK(journal->load()->empty());
    CHECK(journal->append(a_life(Instant{})).ok());
  }
}

TEST_CASE("a journal of a newer aurora is refused, with what can be done") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  REQUIRE(open(path, Instant{})->append(a_life(Instant{})).ok());
  REQUIRE(os::write_file(path, *os::read_file(path) + frame(std::string("\x2a\x01\x00\x00\x00t", 6))).ok());
  const auto journal = open_host_journal(path, Instant{});
  REQUIRE_FALSE(journal.ok());
  CHECK(journal.error().code == ErrorCode::FailedPrecondition);
  CHECK(journal.error().message.find("newer version") != std::string::npos);
}

TEST_CASE("a journal that has grown for nothing is made short while it is used") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  const auto journal = open(path, Instant{});
  const std::vector<core::HostRecord> garbage(10'000, core::KillAccepted{kTask, Instant{}});
  while (!journal->wants_compaction()) REQUIRE(journal->append(garbage).ok());
  CHECK(os::read_file(path)->size() > 1 << 20);
  REQUIRE(journal->compact(a_life(Instant{})).ok());
  CHECK_FALSE(journal->wants_compaction());
  CHECK(os::read_file(path)->size() < 1000);
  REQUIRE(journal->append({core::TaskForgotten{kTask}}).ok());
  CHECK_FALSE(open_host_journal(path, Instant{}).ok());  // still locked
}

TEST_CASE("a journal that cannot be made shorter stays as it is") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  REQUIRE(os::make_folders(path + ".new/in the way").ok());
  {
    const auto journal = open(path, Instant{});
    REQUIRE(journal->append(a_life(Instant{})).ok());
    CHECK_FALSE(journal->compact({}).ok());
    REQUIRE(journal->append({core::TaskCollected{kTask, Instant{1}}}).ok());
  }
  CHECK(open(path, Instant{})->load()->size() == 5);
}

TEST_CASE("unknown records are refused, not guessed") {
  CHECK_FALSE(decode_record("").ok());
  CHECK_FALSE(decode_record(std::string("\x09\x00\x00\x00\x00", 5)).ok());
  const std::string good = encode_record(a_life(Instant{})[0]);
  auto older = std::get<core::TaskAccepted>(a_life(Instant{})[0]);
  older.summary.gpus.clear();
  const size_t without_gpus = encode_record(older).size() - sizeof(uint32_t);  // by versions that knew none
  for (size_t length = 0; length < good.size(); ++length)
    CHECK(decode_record(good.substr(0, length)).ok() == (length == without_gpus));
}
