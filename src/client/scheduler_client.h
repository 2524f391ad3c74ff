// Calls to one cluster's scheduler over its JSON API, with the original's retry rules (spec/client.md §4.3): a call
// that only reads is repeated for Session::timeout(), any other is sent once, so that a user never gets two of something.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aurora/client/clusters.h"
#include "aurora/client/session.h"
#include "aurora/codec/json_value.h"
#include "aurora/core/ids.h"

namespace aurora::client {

using Query = std::multimap<std::string, std::string>;

class SchedulerClient {
 public:
  // The scheduler of the cluster named, as clusters.json knows it.
  static Result<SchedulerClient> find(Session& session, const std::string& cluster);

  // For so long instead of half a minute.
  void wait_for_answers(Duration most) { patience_ = most; }

  // `method` is the original's name of the call, for messages ("getTasksWithoutConfigs").
  Result<codec::JsonValue> get(const std::string& method, const std::string& path, const Query& query = {});
  Result<codec::JsonValue> get_once(const std::string& method, const std::string& path);  // not repeated
  Result<codec::JsonValue> post(const std::string& method, const std::string& path, const std::string& body);
  Result<codec::JsonValue> put(const std::string& method, const std::string& path, const std::string& body);
  Result<codec::JsonValue> remove(const std::string& method, const std::string& path);  // HTTP's DELETE
  // As post(), for a request that may be sent twice.
  Result<codec::JsonValue> post_repeatable(const std::string& method, const std::string& path, const std::string& body);
  // Calls `take` with every item of a list and the page that it is on, page after page.
  Status walk(const std::string& method, const std::string& path, Query query, const std::string& member,
              const std::function<void(const codec::JsonValue& item, const codec::JsonValue& page)>& take);
  // All items of a list.
  Result<std::vector<codec::JsonValue>> list(const std::string& method, const std::string& path, Query query,
                                             const std::string& member);

  const std::string& cluster() const { return cluster_.name; }
  // <base>/scheduler[/part...], the address of a page.
  std::string page_url(const std::vector<std::string>& parts) const;

 private:
  enum class Repeat { Never, Allowed };
  SchedulerClient(Session& session, Cluster cluster) : session_(&session), cluster_(std::move(cluster)) {}
  Result<codec::JsonValue> call(const std::string& method, net::ClientRequest request, Repeat repeat);
  net::ClientRequest make_request(const std::string& verb, const std::string& path) const;
  Result<net::ClientRequest> make_change(const std::string& verb, const std::string& path, const std::string& body) const;

  Session* session_;
  Cluster cluster_;
  Duration patience_ = seconds(30);
};

// "/v1/jobs/role/environment/name"
std::string job_route(const core::JobKey& job);
Query job_query(const core::JobKey& job);

}  // namespace aurora::client
