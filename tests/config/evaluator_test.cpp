#include "aurora/config/evaluator.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "aurora/codec/json_value.h"
#include "support/temp_folder.h"

namespace aurora::config {
namespace {

const char kJob[] =
    "p = Process(name='p', cmdline='echo {{x}} {{mesos.instance}}')\n"
    "jobs = [Job(cluster='c', role='r', environment='devel', name='n',\n"
    "            task=Task(processes=[p], resources=Resources(cpu=0.5, ram=MB, disk=MB)))]\n";

std::string the_file() {
  static const test::TempFolder folder;
  return folder.path() + "/job.aurora";
}

std::string file_with(const std::string& text) {
  std::ofstream(the_file()) << text;
  return the_file();
}

Evaluation ask(const std::string& text, EvaluateRequest request) {
  request.path = file_with(text);
  request.user = "me";
  auto result = evaluate(request);
  REQUIRE(result.ok());
  return std::move(result).value();
}

codec::JsonValue document(const Evaluation& evaluation) {
  INFO((evaluation.failure ? evaluation.failure->text : ""));
  REQUIRE_FALSE(evaluation.failure.has_value());
  auto parsed = codec::JsonValue::parse(evaluation.document);
  REQUIRE(parsed.ok());
  return std::move(parsed).value();
}

std::string message(const Evaluation& evaluation) {
  REQUIRE(evaluation.failure.has_value());
  return to_message(*evaluation.failure);
}

}  // namespace

TEST_CASE("a loaded job decodes from the document, with bindings and tiers applied") {
  EvaluateRequest request;
  request.key = JobSelector{"c", "r", "devel", "n"};
  request.bindings = {"x=1"};
  request.tiers = [] {
    return Result<Tiers>(Tiers{"preemptible", {{"preferred", false, false}, {"preemptible", true, false}}});
  };
  const codec::JsonValue answer = document(ask(kJob, request));
  const codec::JsonValue* task = answer.find("job")->find("taskConfig");
  CHECK(task->string_or("tier", "") == "preemptible");
  const std::string payload = task->find("executorConfig")->string_or("data", "");
  CHECK(payload.find(R"("cmdline": "echo 1 {{mesos.instance}}")") != std::string::npos);
  CHECK(payload.find(R"("tier": "preemptible")") != std::string::npos);
  // What `inspect --write-json` prints has it, too.
  CHECK(answer.string_or("raw", "").find(R"("tier": "preemptible")") != std::string::npos);
  CHECK(payload.find("update_config") == std::string::npos);
}

TEST_CASE("failures carry their kind and the original's text") {
  EvaluateRequest request;
  CHECK(message(ask(kJob, request)) ==
        "The configuration was invalid: Task is invalid: Unexpected unbound refs: {{x}}. Make sure you are "
        "not nesting template variables.\n  (at jobs[0].task.processes[0].cmdline, " +
            the_file() + ":1; nothing binds it: --bind x=VALUE)");
  request.bindings = {"x"};
  CHECK(message(ask(kJob, request)) == "Binding parameter must be formatted name=value");
  request.bindings = {};
  CHECK(message(ask("jobs = []", request)) == "Error loading configuration: No job defined in this config!");
  const Evaluation broken = ask("\nx = (", request);
  CHECK(message(broken).find("job.aurora, line 2)") != std::string::npos);
  CHECK(broken.failure->file == the_file());
  CHECK(broken.failure->line == 2);
  CHECK(broken.failure->summary == "'(' was never closed");
}

TEST_CASE("an error of the tiers ends the evaluation as it is") {
  EvaluateRequest request;
  request.path = file_with(kJob);
  request.bindings = {"x=1"};
  request.tiers = []() -> Result<Tiers> { return Error{ErrorCode::Unavailable, "no scheduler"}; };
  const auto result = evaluate(request);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == "no scheduler");
}

TEST_CASE("an image reference is resolved by the request") {
  EvaluateRequest request;
  request.resolve_image = [](const std::string& cluster, const std::string& name, const std::string& tag) {
    return Result<std::string>(cluster + ":" + name + "@" + tag);
  };
  const std::string text =
      std::string(kJob) +
      "jobs = [jobs[0](container=Docker(image='{{docker.image[web][1.0]}}')).bind(x=1)]\n";
  const codec::JsonValue answer = document(ask(text, request));
  const codec::JsonValue* docker = answer.find("job")->find("taskConfig")->find("container")->find("docker");
  REQUIRE(docker != nullptr);
  CHECK(docker->string_or("image", "") == "c:web@1.0");
}

TEST_CASE("schedules are checked when jobs are evaluated, by the request") {
  EvaluateRequest request;
  request.ask = Ask::Eval;
  request.bindings = {"x=1"};
  std::string asked;
  request.check_cron = [&asked](const std::string& schedule, const std::optional<std::string>& zone) {
    asked += schedule + "@" + zone.value_or("-") + " ";
    return zone ? std::vector<FieldProblem>{{"cron_time_zone", "no such zone", "try another"}}
                : std::vector<FieldProblem>{};
  };
  const std::string text = std::string(kJob) +
                           "jobs = [jobs[0], jobs[0](name='a', cron_schedule='* * * * *'),\n"
                           "        jobs[0](name='b', cron_schedule='1 * * * *', cron_time_zone='Z')]\n";
  const codec::JsonValue answer = document(ask(text, request));
  CHECK(asked.starts_with("* * * * *@- 1 * * * *@Z "));
  REQUIRE(answer.find("problems")->items().size() == 1);
  const codec::JsonValue& problem = answer.find("problems")->items()[0];
  CHECK(problem.string_or("job", "") == "c/r/devel/b");
  CHECK(problem.string_or("path", "") == "jobs[2].cron_time_zone");
  CHECK(problem.int_or("line", 0) == 5);
  CHECK(problem.string_or("text", "") + problem.string_or("hint", "") == "no such zonetry another");
  request.ask = Ask::Load;
  request.key = JobSelector{"c", "r", "devel", "b"};
  CHECK_THAT(message(ask(text, request)), Catch::Contains("no such zone"));
  request.check_cron = nullptr;  // it is left to the scheduler
  CHECK(document(ask(text, request)).find("job")->string_or("cronTimeZone", "") == "Z");
}

#ifndef __SANITIZE_THREAD__  // which holds signals back, and a limit of time is one
TEST_CASE("an evaluation is limited in time, memory and output, and the next one does not notice") {
  EvaluateRequest request;
  request.ask = Ask::Dump;
  request.limits.time_ms = 200;
  CHECK(message(ask("x = 1\nwhile True:\n  pass\n", request)).find("job.aurora:") != std::string::npos);
  CHECK(message(ask("while True:\n  try:\n    x = 1\n  except Exception:\n    pass\n", request))
            .find("longer than 0.2 s") != std::string::npos);
#ifndef __SANITIZE_ADDRESS__  // which ends the process where the limit makes malloc fail
  request.limits = Limits{};
  request.limits.memory_bytes = 64 << 20;
  CHECK(message(ask("x = []\nwhile True:\n  x.append('x' * 1000000)\n", request)).find("out of memory") !=
        std::string::npos);
#endif
  request.limits = Limits{};
  request.limits.output_bytes = 10;
  CHECK(message(ask("print('x' * 100)", request)).find("prints more than 10 bytes") != std::string::npos);
  request.limits = Limits{};
  CHECK(document(ask(kJob, request)).find("jobs")->items().size() == 1);
}
#endif

TEST_CASE("what a file patches is gone for the next") {
  EvaluateRequest request;
  request.ask = Ask::Dump;
  ask("import pystachio.basic, os, sys\npystachio.basic.String.coerce = None\nProcess = None\nlen = None\n"
      "import builtins\nbuiltins.len = None\nos.chdir('/')\nsys.path.append('/x')\njobs = []",
      request);
  CHECK(document(ask(kJob, request)).find("jobs")->items().size() == 1);
}

TEST_CASE("hooks of the loaded file are called with the job's config") {
  EvaluateRequest request;
  request.bindings = {"x=1"};
  const std::string text =
      std::string(kJob) +
      "class Hook(object):\n"
      "  def pre_create_job(self, config): return config.name() != 'n'\n"
      "  def pre_kill_job(self, job_key, **kw): return job_key.to_path() == 'c/r/devel/n'\n"
      "hooks = [Hook()]\njobs = [jobs[0](enable_hooks=True)]\n";
  document(ask(text, request));
  CHECK_FALSE(call_hooks("pre", "create_job", R"({"args": ["@config"]})", "").allowed);
  CHECK(call_hooks("pre", "kill_job", R"({"args": [{"@job_key": "c/r/devel/n"}], "kw": {"instances": [1]}})",
                   "")
            .allowed);
}

}  // namespace aurora::config
