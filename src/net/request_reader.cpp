#include "net/request_reader.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>
#include <vector>

#include "net/url_decode.h"

namespace aurora::net {
namespace {

constexpr size_t kTargetBytesMax = 8192;

bool is_token_char(char c) {
  const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return is_word || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}
// Visible characters, bytes beyond ASCII, blanks and tabs: no control character, so no bare CR, LF or NUL either.
bool is_field_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}
bool is_target_char(char c) { return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7f; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool lists_token(std::string_view list, std::string_view token) {
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    if (lower(trim(list.substr(begin, end - begin))) == token) return true;
    begin = end + 1;
  }
  return false;
}

std::optional<std::string> read_request_line(std::string_view line, RequestHead& head) {
  const size_t first = line.find(' ');
  const size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return "The request line is not METHOD TARGET VERSION";
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!is_token(method) || method.size() > 32) return "The request's method is no word";
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return "The request is not HTTP/1.1 or HTTP/1.0";
  if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_target_char)) {
    return "The request's target is not a path that begins with /";
  }
  head.request.method = method;
  head.is_http_1_0 = version == "HTTP/1.0";
  read_target(target, head.request);
  return std::nullopt;
}

// Fields of which a second one would leave open which counts.
const std::set<std::string> kOnce = {"host",   "content-length", "transfer-encoding", "authorization",
                                     "origin", "content-type",   "expect"};

std::optional<std::string> read_field(std::string_view line, std::map<std::string, std::string>& fields) {
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) {
    return "A header is not NAME: VALUE; a blank before the colon and folded lines are not taken";
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), is_field_char)) return "A header holds a control character";
  const bool is_new = fields.emplace(lower(name), value).second;
  if (!is_new && kOnce.contains(lower(name))) return "The header " + lower(name) + " is there more than once";
  return std::nullopt;
}

std::string field_of(const Request& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

std::optional<std::string> read_framing(RequestHead& head) {
  const auto& fields = head.request.headers;
  const auto coding = fields.find("transfer-encoding");
  const auto length = fields.find("content-length");
  if (coding != fields.end()) {
    if (length != fields.end()) return "The body's length is stated twice, by Content-Length and Transfer-Encoding";
    if (lower(coding->second) != "chunked" || head.is_http_1_0) return "The only Transfer-Encoding taken is chunked";
    head.framing = BodyFraming::Chunked;
  }
  if (length == fields.end()) return std::nullopt;
  const std::string& text = length->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), head.length);
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || error != std::errc() || end != text.data() + text.size()) {
    return "Content-Length is not a number of bytes";
  }
  if (head.length > 0) head.framing = BodyFraming::Length;
  return std::nullopt;
}

std::optional<std::string> read_fields(std::string_view text, RequestHead& head) {
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    if (end == 0) break;  // the empty line
    if (auto fault = read_field(text.substr(0, end), head.request.headers)) return fault;
    text.remove_prefix(end + 2);
  }
  if (!head.is_http_1_0 && !head.request.headers.contains("host")) return "The header Host is missing";
  return read_framing(head);
}

}  // namespace

std::variant<RequestHead, Refusal> parse_head(std::string_view text) {
  RequestHead head;
  const size_t end = text.find("\r\n");
  if (end > kTargetBytesMax) return Refusal{414, "The request's target is longer than 8192 bytes"};
  std::optional<std::string> fault = read_request_line(text.substr(0, end), head);
  if (!fault) fault = read_fields(text.substr(end + 2), head);
  if (fault) return Refusal{400, std::move(*fault)};
  const std::string connection = field_of(head.request, "connection");
  head.closes = lists_token(connection, "close") || (head.is_http_1_0 && !lists_token(connection, "keep-alive"));
  head.asks_to_go_on = !head.is_http_1_0 && lower(field_of(head.request, "expect")) == "100-continue";
  return head;
}

RequestReader::Stage RequestReader::refuse(int status, std::string message) {
  refusal_ = {status, std::move(message)};
  return Stage::Refused;
}

RequestReader::Stage RequestReader::advance() {
  switch (stage_) {
    case Stage::Head:
      stage_ = find_head();
      break;
    case Stage::Body:
      stage_ = head_.framing == BodyFraming::Length ? take_length() : take_chunks();
      break;
    case Stage::Decide:
    case Stage::Complete:
    case Stage::Refused:
      break;
  }
  return stage_;
}

RequestReader::Stage RequestReader::find_head() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const size_t from = searched_ < kEnd.size() ? 0 : searched_ - kEnd.size();
  // A line that ends without CR is refused at once: its sender may never send what ends a head here.
  for (size_t at = waiting_.find('\n', from); at != std::string::npos; at = waiting_.find('\n', at + 1)) {
    if (at > kHeadBytesMax) break;
    if (at == 0 || waiting_[at - 1] != '\r') return refuse(400, "A line of the head does not end with CR LF");
    if (at == 1) return refuse(400, "The request begins with an empty line");
    if (!std::string_view(waiting_).substr(0, at + 1).ends_with(kEnd)) continue;
    auto parsed = parse_head(std::string_view(waiting_).substr(0, at + 1));
    waiting_.erase(0, at + 1);
    if (auto* refusal = std::get_if<Refusal>(&parsed)) return refuse(refusal->status, std::move(refusal->message));
    head_ = std::move(std::get<RequestHead>(parsed));
    return Stage::Decide;
  }
  searched_ = waiting_.size();
  if (waiting_.size() > kHeadBytesMax) {
    return refuse(431, "The head of the request is longer than " + std::to_string(kHeadBytesMax) + " bytes");
  }
  return Stage::Head;
}

void RequestReader::read_body(size_t bytes_max) {
  body_bytes_max_ = bytes_max;
  stage_ = head_.framing == BodyFraming::None ? Stage::Complete : Stage::Body;
  if (head_.framing == BodyFraming::Length && head_.length > bytes_max) {
    stage_ = refuse(413, "The body is larger than " + std::to_string(bytes_max) + " bytes");
  }
}

RequestReader::Stage RequestReader::take_length() {
  std::string& body = head_.request.body;
  const size_t taken = std::min<uint64_t>(head_.length - body.size(), waiting_.size());
  if (body.empty() && taken == waiting_.size()) {
    body.swap(waiting_);
  } else {
    body.append(waiting_, 0, taken);
    waiting_.erase(0, taken);
  }
  return body.size() == head_.length ? Stage::Complete : Stage::Body;
}

std::optional<std::string_view> RequestReader::take_line() {
  const size_t end = waiting_.find('\n', used_);
  if (end == std::string::npos) return std::nullopt;
  const std::string_view line = std::string_view(waiting_).substr(used_, end - used_);
  used_ = end + 1;
  return line;
}

RequestReader::Stage RequestReader::take_chunks() {
  constexpr size_t kSizeLineMax = 18;
  std::string& body = head_.request.body;
  used_ = 0;
  for (;;) {
    if (chunk_ == Chunk::Data) {
      const size_t taken = std::min<uint64_t>(chunk_left_, waiting_.size() - used_);
      body.append(waiting_, used_, taken);
      used_ += taken;
      chunk_left_ -= taken;
      if (chunk_left_ > 0) break;
      chunk_ = Chunk::DataEnd;
    }
    const std::optional<std::string_view> line = take_line();
    if (!line) {
      if (waiting_.size() - used_ > kSizeLineMax) return refuse(400, "The size of a chunk is no hexadecimal number");
      break;
    }
    if (!line->ends_with('\r')) return refuse(400, "A line between chunks does not end with CR LF");
    const std::string_view text = line->substr(0, line->size() - 1);
    if (chunk_ == Chunk::Size) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), chunk_left_, 16);
      const bool is_size = error == std::errc() && end == text.data() + text.size() && text.size() <= 16;
      if (!is_size) return refuse(400, "The size of a chunk is no hexadecimal number (extensions are not taken)");
      if (chunk_left_ > body_bytes_max_ - body.size()) {
        return refuse(413, "The body is larger than " + std::to_string(body_bytes_max_) + " bytes");
      }
      chunk_ = chunk_left_ == 0 ? Chunk::LastEnd : Chunk::Data;
    } else if (!text.empty()) {
      return refuse(400, chunk_ == Chunk::LastEnd ? "Fields after the last chunk are not taken"
                                                  : "A chunk is longer than its size says");
    } else if (chunk_ == Chunk::LastEnd) {
      waiting_.erase(0, used_);
      return Stage::Complete;
    } else {
      chunk_ = Chunk::Size;
    }
  }
  waiting_.erase(0, used_);
  return Stage::Body;
}

void RequestReader::next() {
  stage_ = Stage::Head;
  searched_ = 0;
  head_ = {};
  if (waiting_.empty()) std::string().swap(waiting_);  // an idle connection keeps no buffer
  chunk_ = Chunk::Size;
  chunk_left_ = 0;
}

}  // namespace aurora::net
