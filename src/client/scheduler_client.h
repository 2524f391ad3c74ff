// Calls to one cluster's scheduler over its JSON API (spec/client.md §4.3). A call that only reads is repeated for
// Session::timeout(). One that changes something is sent once, so that a user never gets two of something; or it carries a
// key by which the scheduler knows it again, and is repeated once it may have arrived, or others were answered before, until
// it is known what became of it.
// Of several schedulers (clusters.json) the next is asked when one does not answer; one that does not lead redirects.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aurora/client/clusters.h"
#include "aurora/client/session.h"
#include "aurora/codec/json_value.h"
#include "aurora/core/ids.h"
#include "client/credentials.h"

namespace aurora::client {

using Query = std::multimap<std::string, std::string>;

class SchedulerClient {
 public:
  // The scheduler of the cluster named, as clusters.json knows it.
  static Result<SchedulerClient> find(Session& session, const std::string& cluster);

  // For so long instead of half a minute.
  void wait_for_answers(Duration most) { patience_ = most; }

  // What changes something from now on is refused unless the job is as a plan's `state` says (If-Match). Empty: in any case.
  void demand_state(std::string state) { demanded_state_ = std::move(state); }

  // For questions that may stay without an answer: each is sent once and waits for seconds.
  void ask_briefly();

  // `method` is the original's name of the call, for messages ("getTasksWithoutConfigs").
  Result<codec::JsonValue> get(const std::string& method, const std::string& path, const Query& query = {});
  Result<codec::JsonValue> get_once(const std::string& method, const std::string& path);  // not repeated
  Result<codec::JsonValue> post(const std::string& method, const std::string& path, const std::string& body);
  Result<codec::JsonValue> remove(const std::string& method, const std::string& path);  // HTTP's DELETE
  // With a key; of a route that knows it (Idempotency-Key). `verb`: HTTP's.
  Result<codec::JsonValue> change(const std::string& method, const std::string& verb, const std::string& path,
                                  const std::string& body);
  // As post(), for a request that may be sent twice.
  Result<codec::JsonValue> post_repeatable(const std::string& method, const std::string& path, const std::string& body);
  // Calls `take` with every item of a list and the page that it is on, page after page.
  Status walk(const std::string& method, const std::string& path, Query query, const std::string& member,
              const std::function<void(const codec::JsonValue& item, const codec::JsonValue& page)>& take);
  // All items of a list.
  Result<std::vector<codec::JsonValue>> list(const std::string& method, const std::string& path, Query query,
                                             const std::string& member);

  // A request that reads, to the scheduler that answered last, with what identifies us.
  net::ClientRequest reading(const std::string& path);
  // A request that opens a WebSocket at the scheduler that answered last, with what identifies us.
  Result<net::ClientRequest> opening(const std::string& path);

  const std::string& cluster() const { return cluster_.name; }
  // The address of the scheduler that leads, without a '/' at the end. Where there are several they are asked.
  Result<std::string> find_leader();
  // <base>/scheduler[/part...], the address of a page.
  std::string page_url(const std::vector<std::string>& parts) const;

 private:
  enum class Repeat { Never, Keyed, Allowed };
  SchedulerClient(Session& session, Cluster cluster, std::vector<std::string> uris)
      : session_(&session), cluster_(std::move(cluster)), uris_(std::move(uris)) {}
  Result<net::Response> send(const net::ClientRequest& request);
  Result<net::Response> send_to_leader(const net::ClientRequest& request);
  Result<net::Response> send_once(const net::ClientRequest& request);
  void add_credentials(net::ClientRequest& request);
  Result<codec::JsonValue> call(const std::string& method, net::ClientRequest request, Repeat repeat);
  net::ClientRequest make_request(const std::string& verb, const std::string& path) const;
  Result<net::ClientRequest> make_change(const std::string& verb, const std::string& path, const std::string& body) const;

  Session* session_;
  Cluster cluster_;
  std::vector<std::string> uris_;  // of its schedulers
  size_t asked_ = 0;               // of these: the one that answered last
  bool has_answered_ = false;      // one of them
  std::map<std::string, std::optional<Credentials>> credentials_;  // by uri
  Duration patience_ = seconds(30);
  bool is_brief_ = false;
  bool has_told_slow_ = false;  // once is enough
  std::string demanded_state_;
};

// What an answer that is none of success says.
Error error_of_answer(const net::Response& answer, const std::string& url);

// "/v1/jobs/role/environment/name"
std::string job_route(const core::JobKey& job);
Query job_query(const core::JobKey& job);

}  // namespace aurora::client
