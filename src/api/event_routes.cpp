// What happens in the cluster: a page of what is kept, or a stream of what comes (server-sent events).
#include <algorithm>
#include <limits>

#include "api/event_feed.h"
#include "api/handler.h"
#include "api/http_status.h"
#include "api/routes.h"

namespace aurora::api {
namespace {

using scheduler::EventToken;
using scheduler::EventWindow;
using scheduler::TokenState;

constexpr int64_t kPageDefault = 100;
constexpr int64_t kPageMax = 1'000;
constexpr size_t kTokenShownMax = 100;

std::string header(const net::Request& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

// An error that says from where to go on; for programs the token stands in details, alone.
net::Response refuse_token(int status, ErrorCode code, const std::string& what, const std::string& from) {
  net::Response response = to_response({code, what + ". Read the state of what you follow, then follow from '" + from +
                                                  "'", {from}});
  response.status = status;
  return response;
}

struct Place {
  std::optional<uint64_t> position;      // absent: no token was given
  std::optional<net::Response> refusal;  // of a token that is no place here
};

Place find_place(const EventWindow& window, const std::string& text) {
  constexpr int kBadRequest = 400;
  constexpr int kGone = 410;
  if (text.empty()) return {};
  const std::string shown = "'" + text.substr(0, kTokenShownMax) + "'";
  const std::string newest = to_string(window.token_at(window.newest()));
  const std::optional<EventToken> token = scheduler::parse_event_token(text);
  if (!token) {
    return {{}, refuse_token(kBadRequest, ErrorCode::InvalidArgument,
                             shown + " is not the token of an event, as 'id' of a stream and 'next' of a page are", newest)};
  }
  switch (window.state_of(*token)) {
    case TokenState::Good:
      return {token->position, {}};
    case TokenState::Future:
      return {{}, refuse_token(kBadRequest, ErrorCode::InvalidArgument,
                               shown + " is in the future: no event of this scheduler is so new", newest)};
    case TokenState::TooOld:
      return {{}, refuse_token(kGone, ErrorCode::FailedPrecondition,
                               "Events behind " + shown + " are not kept any more: it is too old", newest)};
    case TokenState::EarlierStart:
      return {{}, refuse_token(kGone, ErrorCode::FailedPrecondition,
                               shown + " is of an earlier start of the scheduler, whose events are not kept", newest)};
    case TokenState::LaterStart:
      return {{}, refuse_token(kGone, ErrorCode::FailedPrecondition,
                               shown + " is of a later start of a scheduler than this one's; another may lead", newest)};
  }
  return {};
}

Result<bool> is_followed(const net::Request& request) {
  const std::optional<bool> asked = TRY(find_bool(request, "follow"));
  if (request.method == "HEAD") return false;
  return asked.value_or(header(request, "accept").find("text/event-stream") != std::string::npos);
}

net::Response follow(const SchedulerServices& services, const std::shared_ptr<EventTexts>& texts, EventFilter filter,
                     std::optional<uint64_t> position) {
  if (services.followers == nullptr)
    return to_response({ErrorCode::Unavailable, "Events cannot be followed here; ask for pages (follow=false)"});
  const EventWindow& window = services.engine.events();
  auto feed = std::make_unique<EventFeed>(texts, window, position.value_or(window.newest()), std::move(filter));
  Result<net::Response> answer = services.followers->follow("text/event-stream; charset=utf-8", std::move(feed));
  if (answer.ok()) return std::move(answer).value();
  net::Response refused = to_response(answer.error());
  refused.headers.emplace("Retry-After", "5");
  return refused;
}

struct Found {
  uint64_t position;
  const scheduler::Event* event;
};

// Behind `after` the first that match; without it the last.
net::Response page(const EventWindow& window, const EventFilter& filter, std::optional<uint64_t> after, size_t limit) {
  constexpr size_t kAll = std::numeric_limits<size_t>::max();
  const EventWindow::Reading reading = after ? window.read_after(*after, kAll) : window.read_last(kAll);
  std::vector<Found> found;
  uint64_t next = reading.newest;
  const auto is_full = [&](uint64_t at) {
    if (found.size() < limit) return false;
    next = at;
    return true;
  };
  if (after) {
    for (const EventWindow::Block& block : reading.blocks) {
      for (uint64_t at = std::max(block.first, *after + 1); at <= block.last() && !is_full(at - 1); ++at) {
        const scheduler::Event& event = (*block.events)[at - block.first];
        if (filter.matches(event)) found.push_back({at, &event});
      }
      if (next != reading.newest) break;
    }
  } else {
    for (auto block = reading.blocks.rbegin(); block != reading.blocks.rend(); ++block) {
      for (uint64_t at = block->last(); at >= block->first && found.size() < limit; --at) {
        const scheduler::Event& event = (*block->events)[at - block->first];
        if (filter.matches(event)) found.push_back({at, &event});
      }
    }
    std::ranges::reverse(found);
  }
  std::string body = R"({"events":)";
  codec::json::append_list(body, found, [&](std::string& out, const Found& one) {
    append_json(out, *one.event, window.token_at(one.position));
  });
  codec::json::append_name(body, "next", false);
  codec::json::append_string(body, to_string(window.token_at(next)));
  codec::json::append_name(body, "hasMore", false);
  body += next < reading.newest ? "true" : "false";
  codec::json::append_name(body, "oldest", false);
  codec::json::append_string(body, to_string(window.token_at(reading.oldest - 1)));
  return json_answer(body + "}");
}

Result<net::Response> events(const SchedulerServices& services, const std::shared_ptr<EventTexts>& texts,
                             const net::Request& request) {
  TRY(check_query(request, {"after", "follow", "limit", "type", "role", "environment", "name", "taskId", "host"}));
  EventFilter filter = TRY(parse_event_filter(request));
  const bool follows = TRY(is_followed(request));
  const int64_t limit = TRY(find_int(request, "limit")).value_or(kPageDefault);
  if (limit < 1 || limit > kPageMax) {
    return Error{ErrorCode::InvalidArgument,
                 "Query parameter 'limit' must be from 1 to " + std::to_string(kPageMax) + ", not " + std::to_string(limit)};
  }
  // A page that comes back says it by its header, and its address still has the token with which it began.
  std::string token = follows ? header(request, "last-event-id") : "";
  if (token.empty()) token = request.find_query("after").value_or("");
  const EventWindow& window = services.engine.events();
  Place place = find_place(window, token);
  if (place.refusal) return *std::move(place.refusal);
  if (follows) return follow(services, texts, std::move(filter), place.position);
  return page(window, filter, place.position, static_cast<size_t>(limit));
}

}  // namespace

std::vector<net::Route> event_routes(const SchedulerServices& services) {
  const auto texts = std::make_shared<EventTexts>();
  net::Route route = make_route("GET", "/v1/events", [services, texts](const net::Request& request) {
    return events(services, texts, request);
  });
  route.hands_over = true;
  return {std::move(route)};
}

}  // namespace aurora::api
