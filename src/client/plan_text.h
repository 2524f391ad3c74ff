// A plan as people read it: at most `width` columns, instances gathered, steps that are alike in one line. Pure.
#pragma once

#include <string>
#include <vector>

#include "aurora/client/console.h"
#include "aurora/codec/json_value.h"

namespace aurora::client {

struct PlanLine {
  std::string text;
  Tone tone = Tone::Plain;
};
// `plan`: the answer of /v1/updates:plan or /v1/jobs:plan. `name`: of the job, with its cluster.
std::vector<PlanLine> to_lines(const codec::JsonValue& plan, const std::string& name, size_t width);

}  // namespace aurora::client
