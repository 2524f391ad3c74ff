// The parts that explanations are made of.
#pragma once

#include <string>

#include "aurora/core/explain/explanation.h"

namespace aurora::core {

std::string span_text(Duration span);                 // "3 min", "2 h 5 min"
std::string name_of(UpdateStatus status);             // "rolling forward"
std::string count_text(size_t count, const char* one);  // "1 task", "3 tasks"

// What each event of the task says and on which facts it was decided, oldest first.
void add_events(const Cluster& cluster, const Task& task, std::vector<ExplainedFact>& story);
// What was done to an instance by updates of its job that are remembered; of all instances, without one.
// The last ones, if there are more than an explanation holds: how many are left out is what it gives back.
int64_t add_update_events(const JobUpdate& update, std::optional<int32_t> instance, std::vector<ExplainedFact>& story);

// What the task, or update, waits for now.
void add_waits(const Cluster& cluster, const Task& task, const ExplainContext& context, std::vector<ExplainedWait>& waits);
void add_waits(const Cluster& cluster, const JobUpdate& update, const ExplainContext& context,
               std::vector<ExplainedWait>& waits);

// In order of time, and no more than an explanation holds.
void finish(Explanation& explanation);

}  // namespace aurora::core
