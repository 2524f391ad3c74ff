// What strangers say to who tells of events: tokens that come back, the stream as a client reads it, a webhook's file.
#include "aurora/api/webhook.h"
#include "aurora/scheduler/event_window.h"
#include "client/event_stream.h"
#include "targets.h"

namespace aurora::fuzz {
namespace {

void token(std::string_view text) {
  const auto parsed = scheduler::parse_event_token(text);
  if (parsed) promise(scheduler::to_string(*parsed) == text, "a token has one text");
}

std::string read_in_pieces(std::string_view text, size_t size) {
  client::EventStreamReader reader;
  std::string events;
  for (size_t at = 0; at < text.size(); at += size) {
    const bool goes_on = reader.add(text.substr(at, size), [&](const client::ServerEvent& event) {
      events += std::to_string(event.id.size()) + event.id + '|' + std::to_string(event.data.size()) + event.data + '\n';
    });
    promise(goes_on || text.size() > client::EventStreamReader::kEventBytesMax, "a short stream is read to its end");
  }
  return events;
}

void webhook(std::string_view text) {
  const auto config = api::parse_webhook_config(std::string(text), "webhook.json");
  if (!config.ok()) return promise(config.error().message.starts_with("webhook.json: "), "the error names the file");
  promise(config->timeout >= milliseconds(1) && config->timeout <= minutes(1), "a try has its bounds");
  for (const auto& [name, value] : config->headers) {
    promise(!name.empty() && (name + value).find_first_of("\r\n") == std::string::npos, "a header is one line");
  }
}

}  // namespace

void events(std::string_view input) {
  if (input.empty()) return;
  const std::string_view text = input.substr(1);
  switch (input[0] % 3) {
    case 0:
      return token(text);
    case 1:
      return promise(read_in_pieces(text, 1) == read_in_pieces(text, text.size() + 1), "the same in whatever pieces");
    default:
      return webhook(text);
  }
}

}  // namespace aurora::fuzz
