#include "client/remote_copy.h"

#include <poll.h>

#include <algorithm>
#include <charconv>

#include "aurora/base/printable.h"
#include "aurora/base/split.h"

namespace aurora::client {
namespace {

constexpr size_t kPieceBytes = 32u << 10;
constexpr size_t kErrorsMax = 4096;  // bytes of what a command says about its failure
constexpr size_t kFactsMax = 100;
constexpr char kFactsWord[] = "aurora-copy";

// $1: the file
constexpr char kFetch[] = R"sh(f=$1
command -v cat >/dev/null 2>&1 || { echo "there is no cat in this task, which copying needs; its page offers downloads" >&2; exit 1; }
[ -e "$f" ] || { echo "$f: No such file or directory" >&2; exit 1; }
[ -d "$f" ] && { echo "$f: is a folder; copy an archive of it, or use --scp-options=-r" >&2; exit 1; }
[ -f "$f" ] || { echo "$f: not a regular file" >&2; exit 1; }
exec <"$f" || exit 1
s=$(stat -L -c '%s %a' "$f" 2>/dev/null) || s='- -'
echo "aurora-copy $s"
exec cat)sh";

// Who leaves takes our stderr with him, and what is said there must not end this before it has deleted its part.
// $1: the place, $2: the mode, $3: the size, $4: the name in a folder, $5: folder, if it must be one
constexpr char kStore[] = R"sh(for c in cat wc chmod mv rm; do
  command -v $c >/dev/null 2>&1 || { echo "there is no $c in this task, which copying needs" >&2; exit 1; }
done
d=$1
[ "$5" = folder ] && [ ! -d "$d" ] && { echo "$d: Not a directory" >&2; exit 1; }
[ -d "$d" ] && d=$d/$4
[ -d "$d" ] && { echo "$d: Is a directory" >&2; exit 1; }
if [ -e "$d" ] && [ ! -f "$d" ]; then exec cat >"$d"; fi
t=$d.aurora-part-$$
trap 'rm -f "$t"' EXIT
trap 'exit 1' HUP INT TERM
trap '' PIPE
(umask 077; set -C; : >"$t") && cat >"$t" || exit 1
n=$(wc -c <"$t") || exit 1
[ "$n" -eq "$3" ] || { echo "$d: $n of $3 bytes have arrived" >&2; exit 1; }
chmod "$2" "$t" && mv -f "$t" "$d")sh";

std::vector<std::string> script_words(const char* script, bool is_executor_sandbox) {
  return {"sh", "-c", is_executor_sandbox ? std::string("cd .. || exit\n") + script : script, "aurora"};
}

// A name must not be taken for an option.
std::string plain(const std::string& path) { return path.starts_with('-') ? "./" + path : path; }

std::string octal(int mode) {
  char text[8];
  const auto written = std::to_chars(text, text + sizeof text, mode, 8);
  return {text, written.ptr};
}

template <typename Number>
bool parse_number(const std::string& text, int base, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

}  // namespace

std::vector<std::string> fetch_words(const std::string& path, bool is_executor_sandbox) {
  std::vector<std::string> words = script_words(kFetch, is_executor_sandbox);
  words.push_back(plain(path));
  return words;
}

std::vector<std::string> store_words(const StoreWish& wish, const FileFacts& facts, bool is_executor_sandbox) {
  std::vector<std::string> words = script_words(kStore, is_executor_sandbox);
  for (const std::string& word : {plain(wish.path), octal(facts.mode), std::to_string(facts.bytes), wish.name,
                                  std::string(wish.needs_folder ? "folder" : "")})
    words.push_back(word);
  return words;
}

Result<std::optional<FileFacts>> take_facts(std::string& received) {
  const size_t end = received.find('\n');
  const Error strange{ErrorCode::DataLoss, "the task's shell answers with '" + printable_line(received.substr(0, std::min(end, kFactsMax))) +
                                               "' instead of the file; does its profile print something?"};
  if (end == std::string::npos && received.size() <= kFactsMax) return std::optional<FileFacts>();
  if (end == std::string::npos) return strange;
  const std::vector<std::string> parts = split(received.substr(0, end), ' ');
  if (parts.size() != 3 || parts[0] != kFactsWord) return strange;
  FileFacts facts;
  if (parts[1] != "-" && (!parse_number(parts[1], 10, facts.bytes) || facts.bytes < 0)) return strange;
  if (parts[2] != "-" && !parse_number(parts[2], 8, facts.mode)) return strange;
  received.erase(0, end + 1);
  return std::optional(facts);
}

// What has come of a file so far.
struct RemoteCopy::Transfer {
  std::string name;
  std::string unwritten = {};
  std::optional<FileFacts> facts = {};

  int64_t total() const { return facts ? facts->bytes : -1; }
  bool is_bounded() const { return total() > 0; }  // files of /proc say 0
};

Result<ExecCall> RemoteCopy::begin(const TaskPlace& task, std::vector<std::string> words) {
  return ExecCall::begin(sockets_, scheduler_, task.path.job, task.instance, {.words = std::move(words)});
}

Status RemoteCopy::wait() {
  constexpr int kLookEveryMs = 200;
  pollfd watched{.fd = sockets_.events(), .events = POLLIN, .revents = 0};
  poll(&watched, 1, kLookEveryMs);
  sockets_.forget_events();
  is_interrupted_ = !session_.world().pause({});
  if (!is_interrupted_) return Unit{};
  return Error{ErrorCode::Internal, "Command interrupted by user"};
}

void RemoteCopy::show(const std::string& name, int64_t done, int64_t total) {
  constexpr Duration kShowEvery = milliseconds(200);
  constexpr int64_t kUnit = 1024;
  const Duration now = session_.world().clock.monotonic();
  if (total <= 0 || now - shown_at_ < kShowEvery) return;
  shown_at_ = now;
  session_.console().show_progress(printable_line(name) + " (KiB)", done / kUnit, total / kUnit);
}

Status RemoteCopy::take(Transfer& transfer, LocalWriter& writer) {
  if (!transfer.facts) transfer.facts = TRY(take_facts(transfer.unwritten));
  if (!transfer.facts) return Unit{};
  std::string_view bytes = transfer.unwritten;
  if (transfer.is_bounded()) bytes = bytes.substr(0, static_cast<size_t>(transfer.total() - writer.bytes()));
  TRY(writer.write(bytes));
  transfer.unwritten.clear();
  show(transfer.name, writer.bytes(), transfer.total());
  return Unit{};
}

Result<FileFacts> RemoteCopy::fetch(const TaskPlace& task, const std::string& path, LocalWriter& writer) {
  ExecCall call = TRY(begin(task, fetch_words(path, is_executor_sandbox_)));
  call.close_input();
  Transfer transfer{path};
  std::string errors;
  for (;;) {
    while (const auto next = call.take()) {
      if (next->is_error) {
        errors += next->bytes.substr(0, kErrorsMax - std::min(kErrorsMax, errors.size()));
      } else {
        transfer.unwritten += next->bytes;
        TRY(take(transfer, writer));
      }
    }
    // As long as it was when it was opened; a log that grows meanwhile has no end.
    if (transfer.is_bounded() && writer.bytes() == transfer.total()) return *transfer.facts;
    if (const auto over = call.find_end()) {
      const ExecEnd end = TRY(*over);
      if (!end.reason.empty()) return Error{ErrorCode::FailedPrecondition, "it was broken off: " + end.reason};
      if (end.code != 0 || !transfer.facts) return Error{ErrorCode::InvalidArgument, errors.empty() ? "it cannot be read" : errors};
      if (!transfer.is_bounded()) return *transfer.facts;
      return Error{ErrorCode::DataLoss, std::to_string(writer.bytes()) + " of " + std::to_string(transfer.total()) + " bytes have arrived"};
    }
    TRY(wait());
  }
}

Status RemoteCopy::store(const TaskPlace& task, const StoreWish& wish, LocalReader& reader) {
  const int64_t total = reader.facts().bytes;
  ExecCall call = TRY(begin(task, store_words(wish, reader.facts(), is_executor_sandbox_)));
  std::string errors;
  int64_t sent = 0;
  bool is_sent = false;
  for (;;) {
    while (const auto next = call.take()) errors += next->bytes.substr(0, kErrorsMax - std::min(kErrorsMax, errors.size()));
    if (const auto over = call.find_end()) {
      const ExecEnd end = TRY(*over);
      if (!end.reason.empty()) return Error{ErrorCode::FailedPrecondition, "it was broken off: " + end.reason};
      if (end.code == 0 && is_sent) return Unit{};
      return Error{ErrorCode::InvalidArgument, errors.empty() ? "it cannot be written" : errors};
    }
    while (call.has_begun() && !is_sent && call.has_room()) {
      const std::string piece = TRY(reader.read(kPieceBytes));
      is_sent = piece.empty();
      is_sent ? call.close_input() : call.write(piece);
      sent += static_cast<int64_t>(piece.size());
      show(wish.name, sent, total);
    }
    TRY(wait());
  }
}

}  // namespace aurora::client
