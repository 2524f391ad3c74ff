#include "api/event_text.h"

#include "api/handler.h"
#include "aurora/base/split.h"
#include "aurora/codec/json_fields.h"

namespace aurora::api {
namespace {

using scheduler::Event;
using scheduler::EventToken;
using scheduler::EventType;

void add_text(codec::json::ObjectWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.add_text(name, text);
}

std::string type_names() {
  std::string names;
  for (const auto& entry : EnumNames<EventType>::values) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

}  // namespace

void append_json(std::string& out, const Event& event, const EventToken& token) {
  codec::json::ObjectWriter json(out);
  json.add_text("token", scheduler::to_string(token));
  json.add("timestamp", event.at);
  json.add_text("type", enum_name(event.type));
  add_text(json, "role", event.job.role);
  add_text(json, "environment", event.job.environment);
  add_text(json, "name", event.job.name);
  if (event.instance_id) json.add("instanceId", *event.instance_id);
  add_text(json, "taskId", event.task_id.value());
  add_text(json, "host", event.host.value());
  add_text(json, "updateId", event.update_id.text());
  add_text(json, "from", event.from);
  add_text(json, "to", event.to);
  add_text(json, "user", event.user.text());
  add_text(json, "message", event.message.text());
  add_text(json, "reason", event.reason.text());
  json.end();
}

void append_frame(std::string& out, const Event& event, const EventToken& token) {
  out += "id: ";
  out += scheduler::to_string(token);
  out += "\nevent: ";
  out += enum_name(event.type);
  out += "\ndata: ";
  append_json(out, event, token);  // in one line: JSON escapes line breaks
  out += "\n\n";
}

bool EventFilter::matches(const Event& event) const {
  const auto is = [](const std::string& wanted, const std::string& there) { return wanted.empty() || wanted == there; };
  return (types.empty() || types.contains(event.type)) && is(role, event.job.role) &&
         is(environment, event.job.environment) && is(name, event.job.name) && is(task_id, event.task_id.value()) &&
         is(host, event.host.value());
}

std::string EventFilter::key() const {
  std::string text;
  for (const EventType type : types) text += static_cast<char>('a' + static_cast<int>(type));
  for (const std::string* part : {&role, &environment, &name, &task_id, &host}) text += '\n' + *part;
  return text;
}

Result<EventFilter> parse_event_filter(const net::Request& request) {
  EventFilter filter;
  for (const std::string& words : list_texts(request, "type")) {
    for (const std::string& word : split(words, ',')) {
      const auto type = find_enum<EventType>(word);
      if (!type) {
        return Error{ErrorCode::InvalidArgument,
                     "Query parameter 'type': there is no '" + word + "'; events are of the types " + type_names()};
      }
      filter.types.insert(*type);
    }
  }
  filter.role = request.find_query("role").value_or("");
  filter.environment = request.find_query("environment").value_or("");
  filter.name = request.find_query("name").value_or("");
  filter.task_id = request.find_query("taskId").value_or("");
  filter.host = request.find_query("host").value_or("");
  return filter;
}

}  // namespace aurora::api
