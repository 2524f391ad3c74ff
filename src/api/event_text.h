// Events as followers and pages get them: small JSON objects, and frames of server-sent events (WHATWG HTML,
// "Server-sent events"). Pure.
#pragma once

#include <set>
#include <string>

#include "aurora/base/result.h"
#include "aurora/net/http.h"
#include "aurora/scheduler/event_window.h"

namespace aurora::api {

// {"token":..., "timestamp":..., "type":...}; what an event has not is left out.
void append_json(std::string& out, const scheduler::Event& event, const scheduler::EventToken& token);
// id, event and data, with the empty line.
void append_frame(std::string& out, const scheduler::Event& event, const scheduler::EventToken& token);

// Which events somebody wants; of what is empty: all.
struct EventFilter {
  std::set<scheduler::EventType> types = {};
  std::string role = {};
  std::string environment = {};
  std::string name = {};
  std::string task_id = {};
  std::string host = {};

  bool matches(const scheduler::Event& event) const;
  std::string key() const;  // of equal filters the same
};
// From ?type= (may be repeated, or have commas), ?role=, ?environment=, ?name=, ?taskId=, ?host=.
Result<EventFilter> parse_event_filter(const net::Request& request);

}  // namespace aurora::api
