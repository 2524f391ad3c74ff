// What goes into a recording comes out of it.
#include "aurora/store/recording.h"

#include <catch2/catch.hpp>

#include "support/builders.h"
#include "support/temp_folder.h"

namespace aurora::store {
namespace {

using namespace core;

template <size_t I = 0>
void add_commands(std::vector<RecordedDecision>& decisions) {
  if constexpr (I < std::variant_size_v<Command>) {
    RecordedDecision& one = decisions.emplace_back();
    one.command = std::variant_alternative_t<I, Command>();
    if (auto* adopt = std::get_if<AdoptTask>(&one.command)) adopt->task = test::a_task();
    one.random = 0x8000'0000'0000'0000u + I;
    add_commands<I + 1>(decisions);
  }
}

std::vector<RecordingReader::Item> read_all(const std::string& path) {
  auto reader = RecordingReader::open(path);
  REQUIRE(reader.ok());
  std::vector<RecordingReader::Item> items;
  while (true) {
    auto item = reader->next();
    INFO((item.ok() ? "" : item.error().message));
    REQUIRE(item.ok());
    if (!*item) return items;
    items.push_back(std::move(**item));
  }
}

TEST_CASE("every command comes out of a recording as it went in, with its randomness and its mark") {
  const test::TempFolder folder;
  RecordedRound round{.number = 7, .at = Instant{5}, .decisions = {}};
  add_commands(round.decisions);
  round.decisions[0].mark = RequestMark{"key", "print"};
  round.decisions[1].error = "it was refused";
  round.decisions[2].changes = {TaskSaved{test::a_task()}, HostSaved{test::a_host()}, HostChecked{HostId("h1")}};
  auto writer = RecordingWriter::create(folder.path() + "/" + recording_name(1), {"scheduler", {}, Instant{1}}, {});
  REQUIRE(writer.ok());
  REQUIRE(writer->write(round).ok());
  REQUIRE(writer->write(RecordingGap{"it was slow", 3}).ok());
  REQUIRE(writer->flush().ok());

  const auto items = read_all(folder.path());
  REQUIRE(items.size() == 3);
  CHECK(std::get<RecordingReader::Snapshot>(items[0]).head.scheduler_host == "scheduler");
  const auto& read = std::get<RecordedRound>(items[1]);
  CHECK(read.number == 7);
  CHECK(read.at == Instant{5});
  REQUIRE(read.decisions.size() == round.decisions.size());
  for (size_t i = 0; i < read.decisions.size(); ++i) {
    CHECK(read.decisions[i].command.index() == i);
    CHECK(to_text(read.decisions[i].command) == to_text(round.decisions[i].command));
    CHECK(read.decisions[i].random == round.decisions[i].random);
    CHECK(read.decisions[i].error == round.decisions[i].error);
  }
  REQUIRE(read.decisions[0].mark);
  CHECK(read.decisions[0].mark->fingerprint == "print");
  REQUIRE(read.decisions[2].changes.size() == 2);  // what is in memory only is not written
  CHECK(std::get<TaskSaved>(read.decisions[2].changes[0]).task == test::a_task());
  CHECK(std::get<RecordingGap>(items[2]).rounds == 3);
}

TEST_CASE("a snapshot holds what is in memory, too") {
  const test::TempFolder folder;
  UpdateProgress progress;
  progress.order = std::make_shared<const std::vector<int32_t>>(std::vector<int32_t>{3, 1, 2});
  progress.started = 2;
  progress.working = {1};
  progress.failed = {3};
  progress.failures = {{1, 4}};
  progress.failed_task = {{1, TaskId("t")}};
  progress.sla_waits = {{1, {seconds(1), Instant{2}, Instant{3}}}};
  progress.next_look = Instant{9};
  const UpdateKey key{test::a_key(), UpdateId("u")};
  auto writer = RecordingWriter::create(folder.path() + "/" + recording_name(2), {"scheduler", {}, Instant{1}, 5},
                                        {HostSeen{HostId("h1"), "s", 4, Instant{3}}, UpdateProgressed{key, progress},
                                         HostReserved{HostId("h1"), ConfigHash("c"), Instant{8}}, HostChecked{HostId("h1")}});
  REQUIRE(writer.ok());
  REQUIRE(writer->flush().ok());
  const auto items = read_all(folder.path() + "/" + recording_name(2));
  REQUIRE(items.size() == 1);
  const auto& snapshot = std::get<RecordingReader::Snapshot>(items[0]);
  CHECK(snapshot.head.round == 5);
  REQUIRE(snapshot.state.size() == 3);
  CHECK(std::get<HostSeen>(snapshot.state[0]).sequence == 4);
  const auto& read = std::get<UpdateProgressed>(snapshot.state[1]);
  CHECK(read.key == key);
  CHECK(*read.progress->order == *progress.order);
  CHECK(read.progress->working == progress.working);
  CHECK(read.progress->failed_task == progress.failed_task);
  CHECK(read.progress->sla_waits == progress.sla_waits);
  CHECK(read.progress->touched == nullptr);
  CHECK(std::get<HostReserved>(snapshot.state[2]).until == Instant{8});
}

TEST_CASE("recordings of a folder are listed by their numbers") {
  const test::TempFolder folder;
  for (const uint64_t number : {10u, 9u, 1'234'567u}) {
    REQUIRE(RecordingWriter::create(folder.path() + "/" + recording_name(number), {"scheduler", {}, Instant{1}}, {}).ok());
  }
  std::ofstream(folder.path() + "/recording-x.jsonl") << "no recording";
  std::vector<uint64_t> numbers;
  for (const RecordingFile& file : list_recordings(folder.path())) numbers.push_back(file.number);
  CHECK(numbers == std::vector<uint64_t>{9, 10, 1'234'567});
  CHECK(list_recordings(folder.path() + "/none").empty());
}

}  // namespace
}  // namespace aurora::store
