#include "aurora/executor/host_journal.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

namespace {

const core::TaskId kTask("t");

std::vector<core::HostRecord> a_life(Instant at) {
  core::HostTaskSummary summary{{"www", "prod", "web"}, 3, 1.5, 128, 64, {{"http", 31000}}};
  return {core::TaskAccepted{kTask, at, summary}, core::KillAccepted{kTask, at},
          core::TaskEnded{kTask, at, core::TaskStatus::Killed, "Instructed to kill task."},
          core::EndAcknowledged{kTask}};
}

std::unique_ptr<HostJournal> open(const std::string& path, Instant now) {
  auto journal = open_host_journal(path, now);
  REQUIRE(journal.ok());
  return std::move(journal).value();
}

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

TEST_CASE("one executor at a time") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  const auto first = open(path, Instant{});
  const auto second = open_host_journal(path, Instant{});
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::FailedPrecondition);
}

TEST_CASE("what ended more than a week ago and was acknowledged is forgotten") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/journal";
  std::vector<core::HostRecord> unacknowledged = a_life(Instant{});
  unacknowledged.pop_back();
  for (auto& record : unacknowledged) {
    std::visit([](auto& r) { r.task_id = core::TaskId("other"); }, record);
  }
  {
    const auto journal = open(path, Instant{});
    REQUIRE(journal->append(a_life(Instant{})).ok());
    REQUIRE(journal->append(unacknowledged).ok());
  }
  CHECK(open(path, Instant{} + hours(24 * 7))->load()->size() == 7);
  CHECK(open(path, Instant{} + hours(24 * 8))->load()->size() == 3);
}

TEST_CASE("unknown records are refused, not guessed") {
  CHECK_FALSE(decode_record("").ok());
  CHECK_FALSE(decode_record(std::string("\x09\x00\x00\x00\x00", 5)).ok());
  const std::string good = encode_record(a_life(Instant{})[0]);
  for (size_t length = 0; length < good.size(); ++length)
    CHECK_FALSE(decode_record(good.substr(0, length)).ok());
}
