#include "aurora/core/job/task_limits.h"

#include <catch2/catch.hpp>
#include <functional>

#include "aurora/core/job/validate.h"
#include "support/builders.h"

using namespace aurora;
using namespace aurora::core;

namespace {

using Edit = std::function<void(TaskConfig&, size_t)>;

template <typename Add>
void repeat(size_t count, Add add) {
  for (size_t i = 0; i < count; ++i) add(std::to_string(i));
}

std::string verdict(const Edit& change, size_t amount) {
  TaskConfig config = test::a_config();
  change(config, amount);
  const Status status = check_limits(config);
  return status.ok() ? "" : status.error().message;
}

}  // namespace

TEST_CASE("each limit of a task's configuration: what is just allowed, and what is refused") {
  struct Case {
    Edit change;
    size_t max;
    std::string message;  // one above it
  };
  const Case cases[] = {
      {[](auto& c, size_t n) { c.job.name = std::string(n - c.job.role.size() - c.job.environment.size(), 'n'); },
       kJobKeyBytesMax,
       "role, environment and name together have a length of 191; at most 190 fit into the id of a task, which is the "
       "name of a folder; shorten one of them"},
      {[](auto& c, size_t n) { repeat(n, [&](auto i) { c.constraints.push_back({"a" + i, LimitConstraint{1}}); }); },
       kConstraintsMax, "the number of constraints is 51; at most 50 are compared with every host"},
      {[](auto& c, size_t n) {
         ValueConstraint wanted;
         repeat(n, [&](auto i) { wanted.values.insert(i); });
         c.constraints.push_back({"rack", wanted});
       },
       kConstraintValuesMax,
       "the number of values of constraint 'rack' is 1,001; at most 1,000 are compared with every host; give the hosts "
       "an attribute in common"},
      {[](auto& c, size_t n) { c.resources.cpus = static_cast<double>(n); }, kCpusMax,
       "num_cpus is more than 10,000, which is the most that can be asked for one task"},
      {[](auto& c, size_t n) { c.resources.ram_mb = static_cast<int64_t>(n); }, kRamMbMax,
       "ram_mb is 1,073,741,825; at most 1,073,741,824 can be asked for one task"},
      {[](auto& c, size_t n) { c.resources.disk_mb = static_cast<int64_t>(n); }, kDiskMbMax,
       "disk_mb is 1,073,741,825; at most 1,073,741,824 can be asked for one task"},
      {[](auto& c, size_t n) { c.resources.gpus = static_cast<int64_t>(n); }, kGpusMax,
       "num_gpus is 1,001; at most 1,000 can be asked for one task"},
      {[](auto& c, size_t n) { repeat(n, [&](auto i) { c.resources.ports.insert(i); }); }, kPortsMax,
       "the number of ports is 101; at most 100 can be asked for one task"},
      {[](auto& c, size_t n) { repeat(n, [&](auto i) { c.metadata.push_back({i, i}); }); }, kMetadataMax,
       "the number of metadata entries is 1,001; at most 1,000 are kept with a task"},
      {[](auto& c, size_t n) { repeat(n, [&](auto i) { c.task_links[i] = i; }); }, kTaskLinksMax,
       "the number of task links is 101; at most 100 are shown with a task"},
      {[](auto& c, size_t n) { repeat(n, [&](auto i) { c.mesos_fetcher_uris.emplace_back().value = i; }); }, kFetcherUrisMax,
       "the number of URIs to fetch is 101; at most 100 are fetched for a task"},
      {[](auto& c, size_t n) { c.container = MesosContainer{{}, std::vector<Volume>(n)}; }, kVolumesMax,
       "the number of container volumes is 101; at most 100 are mounted"},
      {[](auto& c, size_t n) { c.container = DockerContainer{"i", std::vector<DockerParameter>(n)}; }, kVolumesMax,
       "the number of docker parameters is 101; at most 100 are passed on"},
  };
  for (const Case& c : cases) {
    CHECK(verdict(c.change, c.max) == "");
    CHECK(verdict(c.change, c.max + 1) == c.message);
  }
}

TEST_CASE("all of a configuration together has a limit, whatever it is made of") {
  TaskConfig config = test::a_config();
  config.executor_config->data = std::string(1'000'000, 'x');
  CHECK(check_limits(config).ok());
  config.contact_email = std::string(60'000, 'x');
  const Status status = check_limits(config);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.starts_with("the size of the task configuration in bytes is 1,060,"));
  CHECK(status.error().message.ends_with("; at most 1,048,576 are kept and sent to hosts; put what is large into a file "
                                         "that the task fetches"));
}

TEST_CASE("the scheduler names the job") {
  TaskConfig config = test::a_config("www/prod/web");
  config.resources.ram_mb = int64_t{1} << 62;
  CHECK(validate(config, 1, {}).error().message ==
        "www/prod/web: ram_mb is 4,611,686,018,427,387,904; at most 1,073,741,824 can be asked for one task");
}
