// What the reader of a scenario sees: states of tasks and updates as they change, kills, reasons for waiting.
// Runs of an instance are numbered: www/prod/web/0 is the first, www/prod/web/0#2 the second.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "aurora/core/cluster/cluster.h"
#include "aurora/core/cluster/effect.h"

namespace aurora::scenario {

class Transcript {
 public:
  // `before` does not have the change yet.
  void note(const core::Cluster& before, const core::Change& change);
  void note(const core::Effect& effect);
  void say(const std::string& line);
  // Closes the lines of one moment. With `at`, each of them begins with it.
  void close(const core::Cluster& cluster, const std::string& at);
  std::string take();

  std::string name_of(const core::TaskId& id) const;
  // The coordinator that was to be asked last.
  const std::optional<core::AskCoordinator>& last_question() const { return last_question_; }
  // "www/prod/web/0#2"; without a number the latest run. Empty if there is none.
  core::TaskId find_run(const std::string& name) const;
  // Ids of updates are random and say nothing.
  void hide_ids(std::string& text) const;

 private:
  struct Moves {
    core::TaskId id;
    std::string text;
  };
  void learn(const core::Task& task);
  void note_task(const core::Cluster& before, const core::Task& task);
  void note_cron(const core::Cluster& before, const core::CronProgressed& change);
  Moves& moves_of(const core::TaskId& id, const std::string& from);
  void note_reasons(const core::Cluster& cluster);

  std::map<core::TaskId, std::string> names_;
  std::map<std::string, std::vector<core::TaskId>> runs_;  // by instance
  std::optional<core::AskCoordinator> last_question_;
  std::set<core::TaskId> launched_;
  std::set<std::string> updates_;
  std::map<core::ConfigHash, std::string> reasons_;
  std::vector<Moves> moves_;        // of this moment
  std::vector<std::string> lines_;  // of this moment, after the moves
  std::string text_;
};

}  // namespace aurora::scenario
