// A forecast as text of a page: what is in it, and that nothing in it is taken for markup.
#include "modes/forecast_page.h"

#include <catch2/catch.hpp>

#include "support/builders.h"

namespace aurora {
namespace {

using namespace scheduler;
using core::JobKey;

Forecast a_forecast() {
  Forecast forecast;
  forecast.cluster_id = "c1";
  forecast.copied_at = Instant{1'700'000'000'000};
  forecast.attribute = "rack";
  forecast.added = {{.job = test::a_key("www/prod/web"), .instances = 3, .placed = 2, .refusal = {}}};
  forecast.pending = {{.job = test::a_key("www/prod/web"), .instances = {{2, 2}}, .status = "PENDING", .reason = {}, .sentence = "1 of 1 hosts: <CPU> & more",
                       .hosts = 1, .vetoes = {}, .waited_before = false}};
  Fill before{.hosts = 2, .tasks = 1, .used = {}, .capacity = {}};
  before.used.cpus = 4;
  before.capacity.cpus = 16;
  Fill after = before;
  after.used.cpus = 20;
  forecast.hosts = {{"r<1>", before, before}};
  forecast.all = {"all", before, before};
  forecast.roles = {{"www", before, after}};
  return forecast;
}

TEST_CASE("a forecast's page holds what its text says, and takes nothing in it for markup") {
  const std::string page = forecast_page("aurora whatif --lose 'rack=<r1>'", a_forecast());
  for (const char* part : {"<!DOCTYPE html>", "<code>aurora whatif --lose 'rack=&lt;r1&gt;'</code>", "Cluster c1 as it was at 2023-11-14T22:13:20",
                           "<h2>Added</h2>", "<li>www/prod/web: 2 of 3 instances would run</li>", "<section class=\"attention\">", "Would wait: 1 instance",
                           "<li>www/prod/web 2 (1) PENDING: 1 of 1 hosts: &lt;CPU&gt; &amp; more</li>", "<td>r&lt;1&gt;</td>", "<tr class=\"all\"><td>all</td>",
                           "25% -&gt; 125%", "<i style=\"width:25%\"></i>", "<i class=\"full\" style=\"width:100%\"></i>"}) {
    CHECK_THAT(page, Catch::Contains(part));
  }
  CHECK_THAT(page, Catch::EndsWith("</html>\n"));
}

TEST_CASE("a forecast's page says so when nothing would happen, and how much it leaves out") {
  Forecast forecast = a_forecast();
  forecast.added.clear();
  forecast.pending.clear();
  CHECK_THAT(forecast_page("", forecast), Catch::Contains("Nothing would wait, move or have to go."));
  for (int32_t i = 0; i < 5'002; ++i)
    forecast.moved.push_back({.job = test::a_key("www/prod/web"), .instance_id = i, .from = "h1", .to = "h2", .why = {}});
  const std::string page = forecast_page("", forecast);
  CHECK_THAT(page, Catch::Contains("Would move: 5002 instances"));
  CHECK_THAT(page, Catch::Contains("<li class=\"more\">... and 2 more; --write-json has all</li>"));
}

}  // namespace
}  // namespace aurora
