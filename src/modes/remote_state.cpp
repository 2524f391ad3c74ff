#include "modes/remote_state.h"

#include <functional>

#include "aurora/codec/json.h"

namespace aurora {
namespace {

constexpr int64_t kItemsMax = 10'000'000;

using Take = std::function<Status(const codec::JsonValue&)>;

Result<codec::JsonValue> get(net::HttpClient& http, const std::string& url) {
  const net::Response answer = TRY(http.send({.method = "GET", .url = url}));
  auto value = codec::JsonValue::parse(answer.body);
  if (answer.status == 200 && value.ok()) return value;
  const std::string said = value.ok() ? value->string_or("message", "") : "";
  return Error{ErrorCode::FailedPrecondition, url + " answers " + std::to_string(answer.status) +
                                                  (said.empty() ? ", and nothing that a scheduler says" : ": " + said)};
}

Status walk(net::HttpClient& http, const std::string& url, const std::string& member, const Take& take) {
  for (int64_t offset = 0; offset < kItemsMax;) {
    const codec::JsonValue page = TRY(get(http, url + (url.find('?') == std::string::npos ? "?" : "&") + "limit=1000&offset=" + std::to_string(offset)));
    const codec::JsonValue* items = page.find(member);
    if (items == nullptr) return Error{ErrorCode::FailedPrecondition, url + " gives no list of " + member + "; is this a scheduler's address?"};
    for (const codec::JsonValue& item : items->items()) TRY(take(item));
    const int64_t next = page.int_or("nextOffset", 0);
    if (next <= offset) return Unit{};
    offset = next;
  }
  return Error{ErrorCode::ResourceExhausted, url + " does not end"};
}

template <typename T>
Result<T> decode(const codec::JsonValue& item) {
  return codec::decode_json<T>(item, codec::UnknownFields::Ignore);
}

}  // namespace

bool is_url(const std::string& text) { return text.starts_with("http://") || text.starts_with("https://"); }

Result<scheduler::CopiedState> read_remote_state(net::HttpClient& http, const std::string& url, Instant now) {
  const std::string base = url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
  scheduler::CopiedState state{.cluster_id = base, .at = now};
  TRY(walk(http, base + "/v1/hosts", "hosts", [&](const codec::JsonValue& item) -> Status {
    core::Host host = TRY(decode<core::Host>(item));
    if (!item.bool_or("isConnected", true)) state.silent.insert(host.id);
    state.changes.push_back(core::HostSaved{std::move(host)});
    return Unit{};
  }));
  TRY(walk(http, base + "/v1/quotas", "quotas", [&](const codec::JsonValue& item) -> Status {
    state.changes.push_back(core::QuotaSaved{TRY(decode<core::Quota>(item))});
    return Unit{};
  }));
  TRY(walk(http, base + "/v1/tasks?active=true", "tasks", [&](const codec::JsonValue& item) -> Status {
    state.changes.push_back(core::TaskSaved{TRY(decode<core::Task>(item))});
    return Unit{};
  }));
  return state;
}

}  // namespace aurora
