// The samples of the last hour, as the original's graphs and scripts read them (Aurora 0.22, spec/api.md §8).
#include "api/handler.h"
#include "api/paged_list.h"
#include "api/routes.h"
#include "api/vars_routes.h"
#include "aurora/base/split.h"

namespace aurora::api {
namespace {

constexpr std::string_view kTime = "time";  // the first column, whether or not it is asked for

net::Response refuse(const std::string& why) {
  return json_answer(codec::JsonObject().add("error", why).text(), 400);
}

std::string encode(const std::vector<std::string>& names) {
  codec::JsonArray array;
  for (const std::string& name : names) array.add(name);
  return array.text();
}

// {"names": ["time", ...], "data": [[t, v, ...], ...]}
net::Response show_samples(const std::vector<std::string>& names, const TimeSeries::Samples& samples) {
  std::vector<std::string> heads = {std::string(kTime)};
  heads.insert(heads.end(), names.begin(), names.end());
  std::string text = "{\"names\":" + encode(heads) + ",\"data\":[";
  for (size_t row = 0; row < samples.times_ms.size(); ++row) {
    text += (row == 0 ? "[" : ",[") + std::to_string(samples.times_ms[row]);
    for (const std::vector<double>& column : samples.columns) text += "," + format_number(column[row]);
    text += "]";
    if (text.size() > kAnswerBytesMax) {
      return refuse("The answer has more than " + std::to_string(kAnswerBytesMax) +
                    " bytes; ask for fewer metrics, or with a later since=<ms>");
    }
  }
  return json_answer(text + "]}");
}

Result<net::Response> show_graph_data(const TimeSeries& series, const net::Request& request) {
  TRY(check_query(request, {"metrics", "since"}));
  const std::optional<int64_t> since = TRY(find_int(request, "since"));
  const std::optional<std::string> metrics = request.find_query("metrics");
  if (!metrics) return json_answer(encode(series.list_names()));
  std::vector<std::string> names = split(*metrics, ',');
  std::erase(names, kTime);
  if (names.size() > kSeriesMax) return refuse("There are no more than " + std::to_string(kSeriesMax) + " metrics");
  std::string unknown;
  const auto samples = series.read(names, since.value_or(0), unknown);
  if (!samples) return refuse("Unknown metric " + unknown);
  return show_samples(names, *samples);
}

}  // namespace

std::vector<net::Route> graph_routes(const SchedulerServices& services) {
  if (services.series == nullptr) return {};
  const auto handler = [series = services.series](const net::Request& request) { return show_graph_data(*series, request); };
  return {make_route("GET", "/graphdata", handler), make_route("GET", "/graphdata/", handler)};
}

}  // namespace aurora::api
