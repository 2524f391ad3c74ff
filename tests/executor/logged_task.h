// A task whose logs, and the moments at which they had grown, a test writes.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>

#include "aurora/executor/log_reader.h"
#include "aurora/os/files.h"
#include "executor/log_index.h"
#include "support/temp_folder.h"

namespace aurora::executor {

// A task whose processes a, b and c have begun so many runs each; the last of each still runs.
class LoggedTask {
 public:
  explicit LoggedTask(const std::vector<size_t>& runs = {1, 1}) {
    history_.apply(core::RunStateRecord{core::RunState::Active, Instant{1}, 1});
    for (uint32_t process = 0; process < runs.size(); ++process) {
      plan_.processes.emplace_back().name = std::string(1, static_cast<char>('a' + process));
      for (size_t run = 0; run < runs[process]; ++run) begin_run(process);
    }
  }
  void begin_run(uint32_t process) {
    const auto& known = history_.processes;
    if (process < known.size() && !known[process].empty()) end_run(process);
    for (const core::ProcessState state : {core::ProcessState::Waiting, core::ProcessState::Forked, core::ProcessState::Running}) {
      REQUIRE(history_.apply(core::ProcessRecord{process, state, Instant{2}, 7}));
    }
  }
  void end_run(uint32_t process) { REQUIRE(history_.apply(core::ProcessRecord{process, core::ProcessState::Failed, Instant{3}, 7, 1})); }

  // Appends to ".logs/<log>", as of that moment; 0: nobody has seen when.
  void write(const std::string& log, const std::string& text, int64_t ms = 0) {
    const std::string path = path_of(log);
    std::filesystem::create_directories(path.substr(0, path.rfind('/')));
    const auto file = os::open_for_append(path);
    REQUIRE(os::append_all(*file, text).ok());
    const auto mark = os::find_mark(*file);
    if (ms > 0) LogMarkFile(folder_.path() + "/log_times").append({{Instant{ms}, mark->id, mark->bytes}});
  }
  void rotate(const std::string& log) {
    for (int number = 9; number > 0; --number) {
      if (std::filesystem::exists(path_of(log + "." + std::to_string(number))))
        std::filesystem::rename(path_of(log + "." + std::to_string(number)), path_of(log + "." + std::to_string(number + 1)));
    }
    std::filesystem::rename(path_of(log), path_of(log + ".1"));
  }
  std::string path_of(const std::string& log) const { return folder_.path() + "/sandbox/.logs/" + log; }

  Result<LogPage> ask(const LogQuery& query) const {
    GrowingLogIndex growing;
    const LogIndex& index = growing.refresh(folder_.path() + "/log_times");
    return read_logs({folder_.path() + "/sandbox", index, plan_, history_}, query, Instant{1'000'000},
                     [](const std::string&, int32_t, LogStream) { return Error{ErrorCode::NotFound, "none"}; });
  }
  // The same in blocks, page after page; a line without an end ends in ~, lost ones are marked.
  std::string read_blocks(LogQuery query = {}, size_t bytes_max = 1 << 20, std::string* cursor = nullptr) const {
    std::string text;
    for (bool has_more = true; has_more;) {
      GrowingLogIndex growing;
      const LogIndex& index = growing.refresh(folder_.path() + "/log_times");
      const auto take = [&](const LogBlock& block) {
        std::string_view left = block.text;
        REQUIRE(left.ends_with('\n'));
        if (block.has_lost) text += "(lost) ";
        for (; !left.empty(); left.remove_prefix(left.find('\n') + 1)) {
          text += std::string(block.process) + std::to_string(block.run) + name_of(block.stream)[3] + " " + std::string(left.substr(0, left.find('\n'))) +
                  (block.is_finished ? "" : "~") + " @" + std::to_string(block.at.value_or(Instant{}).ms) + "\n";
        }
      };
      const Result<LogProgress> page =
          read_log_blocks({folder_.path() + "/sandbox", index, plan_, history_}, query, Instant{1'000'000},
                          [](const std::string&, int32_t, LogStream) { return Error{ErrorCode::NotFound, "none"}; }, bytes_max, take);
      if (!page.ok()) FAIL(page.error().message);
      query.cursor = page->cursor;
      has_more = page->has_more;
    }
    if (cursor != nullptr) *cursor = query.cursor;
    return text;
  }
  LogPage read(const LogQuery& query = {}) const {
    const Result<LogPage> page = ask(query);
    if (!page.ok()) FAIL(page.error().message);
    return *page;
  }

 private:
  test::TempFolder folder_;
  core::TaskPlan plan_;
  core::RunHistory history_;
};

}  // namespace aurora::executor
