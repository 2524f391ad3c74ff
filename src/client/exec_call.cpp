#include "client/exec_call.h"

#include <algorithm>
#include <csignal>
#include <cstring>

namespace aurora::client {
namespace {

constexpr char kInput = 0;
constexpr char kOutput = 1;
constexpr char kErrors = 2;
constexpr char kControl = 3;
constexpr size_t kInputBytesMax = 32u << 10;  // of a message; the server takes 64 KiB
constexpr size_t kUnsentMax = 256u << 10;

bool is_terminal_type(const std::string& name) {
  constexpr size_t kNameMax = 64;
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+";
  return !name.empty() && name.size() <= kNameMax && name.find_first_not_of(kPlain) == std::string::npos;
}

int number_of_signal(const std::string& name) {
  for (int number = 1; number < NSIG; ++number) {
    const char* known = sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  return 0;
}

Result<ExecEnd> parse_end(const codec::JsonValue& message) {
  const codec::JsonValue* exit = message.find("exit");
  if (exit == nullptr || !exit->is_object())
    return Error{ErrorCode::DataLoss, "The host tells of an end without saying how it was: " + message.describe()};
  ExecEnd end{.code = static_cast<int>(exit->int_or("code", 0)), .reason = message.string_or("reason", "")};
  const std::string signal = exit->string_or("signal", "");
  if (!signal.empty()) end.code = 128 + number_of_signal(signal);
  return end;
}

// What the connection came to, when no end was told.
Error broken(const net::WebSocketEnd& end, const std::string& url) {
  if (end.refusal) return error_of_answer(*end.refusal, url);
  if (!end.was_open) return {ErrorCode::Unavailable, "Cannot reach " + url + ": " + end.text};
  const std::string why = end.text.empty() ? "the connection was closed with code " + std::to_string(end.code) : end.text;
  return {ErrorCode::Unavailable, "The connection is lost: " + why};
}

}  // namespace

std::string exec_path(const core::JobKey& job, int32_t instance, const ExecWish& wish) {
  std::string path = job_route(job) + "/" + std::to_string(instance) + ":exec?terminal=" + (wish.terminal ? "true" : "false");
  for (const std::string& word : wish.words) path += "&command=" + net::url_encode(word);
  if (!wish.terminal) return path;
  path += "&rows=" + std::to_string(std::clamp(wish.terminal->rows, 1, 10'000)) +
          "&columns=" + std::to_string(std::clamp(wish.terminal->columns, 1, 10'000));
  if (is_terminal_type(wish.terminal_type)) path += "&term=" + net::url_encode(wish.terminal_type);
  return path;
}

std::vector<std::string> shell_words(const std::string& line) {
  return {"sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash -c \"$0\"; exec sh -c \"$0\"", line};
}

Result<ExecCall> ExecCall::begin(net::WebSocketClients& sockets, SchedulerClient& scheduler, const core::JobKey& job,
                                 int32_t instance, const ExecWish& wish) {
  net::ClientRequest head = TRY(scheduler.opening(exec_path(job, instance, wish)));
  std::string url = head.url.substr(0, head.url.find('?'));
  return ExecCall(sockets.open({.url = std::move(head.url),
                                .headers = std::move(head.headers),
                                .connect_timeout = seconds(5),
                                .answer_timeout = head.timeout}),
                  std::move(url));
}

std::optional<ExecCall::Output> ExecCall::take() {
  while (std::optional<std::string> message = socket_->take()) {
    if (message->empty()) continue;
    const char stream = message->front();
    if (stream == kControl) take_control(std::string_view(*message).substr(1));
    if (stream != kOutput && stream != kErrors) continue;
    message->erase(0, 1);
    return Output{stream == kErrors, std::move(*message)};
  }
  return std::nullopt;
}

void ExecCall::take_control(std::string_view json) {
  const auto message = codec::JsonValue::parse(json);
  if (end_) return;
  end_ = message.ok() ? parse_end(*message) : Result<ExecEnd>(message.error());
  socket_->close();
}

std::optional<Result<ExecEnd>> ExecCall::find_end() {
  if (end_) return end_;
  if (const auto over = socket_->find_end()) {
    is_unanswered_ = !over->refusal && !over->was_open;
    end_ = broken(*over, url_);
  }
  return end_;
}

void ExecCall::write(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size(); at += kInputBytesMax)
    socket_->send(kInput + std::string(bytes.substr(at, kInputBytesMax)));
}

void ExecCall::control(const std::string& json) { socket_->send(kControl + json); }
void ExecCall::close_input() { control(R"({"closeStdin":true})"); }
void ExecCall::pause(bool is_paused) { control(is_paused ? R"({"pause":true})" : R"({"pause":false})"); }

void ExecCall::resize(TerminalSize size) {
  const std::string window = codec::JsonObject()
                                 .add("rows", std::clamp(size.rows, 1, 10'000))
                                 .add("columns", std::clamp(size.columns, 1, 10'000))
                                 .text();
  control(codec::JsonObject().add_raw("resize", window).text());
}

bool ExecCall::has_room() const { return socket_->unsent_bytes() < kUnsentMax; }

}  // namespace aurora::client
