// The table of a host's tasks without a host, for tests: what it decides, as text.
#pragma once

#include "aurora/core/process/host_tasks.h"

namespace aurora::test {

using namespace core;

inline Task task_of(const std::string& id) {
  TaskConfig config;
  config.job = {"www", "prod", "web"};
  Task task;
  task.id = TaskId(id);
  task.config = TaskConfigRef(config);
  return task;
}

// A host whose records are applied at once; it keeps what was decided as text.
class Table {
 public:
  Table() : tasks(make()) {}

  std::string feed(const HostEvent& event) { return note(tasks.decide(event, now)); }
  std::string tick(Duration passed = {}) {
    now = now + passed;
    return feed(TimerFired{});
  }
  // Lets time pass as the host loop does while something is due.
  std::string watch(Duration passed) {
    std::string text;
    for (int64_t i = 0; i < passed.ms; i += 1000) text += tick(seconds(1));
    return text;
  }
  std::string answer(bool accepted = true) {
    return feed(ReportAnswered{last_sequence, ReportTasks::Answer{accepted, false}});
  }
  std::string adopt(const HostTasks::FoundRunner& found) {
    return note(tasks.adopt(TaskId("t"), found, now));
  }
  std::string launch() { return feed(LaunchRequested{{task_of("t")}}); }
  std::string end_early(const RunnerOutcome& outcome) { return feed(EndRequested{TaskId("t"), outcome}); }
  std::string kill() { return feed(KillRequested{{TaskId("t")}}); }

  static HostTasks make() {
    Host host;
    host.id = HostId("h1");
    return HostTasks(host, "session");
  }

  HostTasks tasks;
  Instant now{1'000'000};
  int64_t last_sequence = 0;
  std::vector<HostRecord> journal;

 private:
  std::string note(const HostDecision& decision) {
    std::string text;
    for (const HostRecord& record : decision.records) {
      tasks.apply(record);
      journal.push_back(record);
      if (const auto* ended = std::get_if<TaskEnded>(&record)) {
        text += "ended:" + std::string(enum_name(ended->status)) + " ";
      } else {
        constexpr const char* kNames[] = {"accepted",  "kill",      "ended", "acknowledged",
                                          "collected", "forgotten", "end",   "healthy"};
        text += kNames[record.index()] + std::string(" ");
      }
    }
    for (const HostEffect& effect : decision.effects) {
      if (const auto* send = std::get_if<SendReport>(&effect)) {
        text += describe(send->report);
        last_sequence = send->report.sequence;
      } else {
        constexpr const char* kNames[] = {"START", "SIGNAL", "DESTROY",  "",
                                          "JOIN",  "CHECK",  "SHUTDOWN", "LEAVE"};
        text += kNames[effect.index()] + std::string(" ");
      }
    }
    return text;
  }
  static std::string describe(const ReportTasks& report) {
    std::string text = report.complete ? "REPORT-ALL[" : "REPORT[";
    if (report.host) text += "host ";
    for (const TaskReport& task : report.tasks) {
      text += std::string(enum_name(task.status)) + ":" + task.message.value_or("") + " ";
    }
    return text + "] ";
  }
};

}  // namespace aurora::test
