#include "aurora/executor/agent_id.h"

#include <catch2/catch.hpp>

#include "aurora/os/files.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;

TEST_CASE("the id of a host stays, also when a byte of it is damaged or its file is gone") {
  const test::TempFolder folder;
  const std::string state = folder.path() + "/state";
  const std::string work = folder.path() + "/work";
  REQUIRE(os::make_folders(state + "/tasks/t").ok());
  const auto id = open_agent_id(state, work);
  REQUIRE(id.ok());
  CHECK(*open_agent_id(state, work) == *id);

  RunnerPlan plan;
  plan.task_id = core::TaskId("t");
  plan.sandbox = WorkFolder{work, state, *id}.paths_of(plan.task_id).sandbox;
  REQUIRE(os::make_folders(plan.sandbox).ok());
  REQUIRE(write_plan(state + "/tasks/t/plan", plan, "{}", {}).ok());
  for (size_t at = 0; at < id->size(); ++at) {
    std::string damaged = *id;
    damaged[at] = damaged[at] == '1' ? '2' : '1';
    REQUIRE(os::write_file(state + "/agent_id", damaged + "\n").ok());
    CHECK(*open_agent_id(state, work) == *id);
  }
  for (const char* text : {"", "\n", "rubbish"}) {
    REQUIRE(os::write_file(state + "/agent_id", text).ok());
    CHECK(*open_agent_id(state, work) == *id);
  }
  os::remove_file(state + "/agent_id");
  CHECK(*open_agent_id(state, work) == *id);
}

TEST_CASE("a host without tasks whose id is damaged gets a new one") {
  const test::TempFolder folder;
  REQUIRE(os::write_file(folder.path() + "/agent_id", "rubbish").ok());
  const auto id = open_agent_id(folder.path(), folder.path());
  REQUIRE(id.ok());
  CHECK(id->ends_with("-S0"));
  CHECK(*open_agent_id(folder.path(), folder.path()) == *id);
}
