#include "net/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "net/url_decode.h"

namespace aurora::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr size_t kTargetBytesMax = 8192;
constexpr size_t kMethodBytesMax = 32;

std::string lower(string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// Fields of which a second one would leave open which counts.
const std::set<std::string> kOnce = {
    "host", "content-length", "transfer-encoding", "authorization", "origin", "content-type", "expect"};

// What Beast says of a request that is none, in our words.
const std::map<http::error, const char*> kFaults = {
    {http::error::bad_method, "The request's method is no word"},
    {http::error::bad_target, "The request's target is not a path that begins with /"},
    {http::error::bad_version, "The request is not HTTP/1.1 or HTTP/1.0"},
    {http::error::bad_line_ending, "A line of the head does not end with CR LF"},
    {http::error::bad_field, "A header is not NAME: VALUE; a blank before the colon is not taken"},
    {http::error::bad_value,
     "A header holds a control character, or is no list of words where it has to be one"},
    {http::error::bad_content_length,
     "Content-Length is not a number of bytes, or is beside Transfer-Encoding"},
    {http::error::bad_transfer_encoding,
     "Transfer-Encoding is there more than once, or beside Content-Length"},
    {http::error::bad_chunk,
     "The size of a chunk is no hexadecimal number, or the chunk is longer than it says"},
    {http::error::bad_chunk_extension,
     "The size of a chunk is no hexadecimal number (extensions are not taken)"},
};

}  // namespace

// Takes the parts of one request from Beast into a head and its body.
class RequestReader::Parser : public http::basic_parser<true> {
 public:
  explicit Parser(RequestHead& head) : head_(head) {
    header_limit(static_cast<uint32_t>(kHeadBytesMax) + 2);
    body_limit(std::numeric_limits<uint64_t>::max());  // until read_body() says which
  }

  // Of `bytes`, those used. The error is need_more when the rest is no whole part.
  size_t put(std::string_view bytes, error_code& error) {
    return basic_parser::put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  }
  Refusal refusal(const error_code& error) const {
    if (!fault_.empty()) return {status_, fault_};
    const auto known = kFaults.find(static_cast<http::error>(error.value()));
    return {400, known == kFaults.end() ? "The request does not follow HTTP/1.1" : known->second};
  }

 private:
  void refuse(error_code& error, int status, std::string message) {
    status_ = status;
    fault_ = std::move(message);
    error = http::error::bad_value;
  }

  void on_request_impl(http::verb /*known*/, string_view method, string_view target, int version,
                       error_code& error) override {
    if (target.size() > kTargetBytesMax) {
      return refuse(error, 414,
                    "The request's target is longer than " + std::to_string(kTargetBytesMax) + " bytes");
    }
    if (!target.starts_with('/')) return void(error = http::error::bad_target);
    if (method.size() > kMethodBytesMax) return void(error = http::error::bad_method);
    head_.request.method.assign(method.data(), method.size());
    head_.is_http_1_0 = version == 10;
    read_target(std::string_view(target.data(), target.size()), head_.request);
  }

  void on_field_impl(http::field /*known*/, string_view name, string_view value, error_code& error) override {
    if (is_header_done()) return refuse(error, 400, "Fields after the last chunk are not taken");
    std::string field = lower(name);
    const auto [it, is_new] = head_.request.headers.emplace(std::move(field), std::string(value));
    if (!is_new && kOnce.contains(it->first))
      refuse(error, 400, "The header " + it->first + " is there more than once");
  }

  void on_header_impl(error_code& error) override {
    const auto& fields = head_.request.headers;
    if (!head_.is_http_1_0 && !fields.contains("host"))
      return refuse(error, 400, "The header Host is missing");
    if (const auto coding = fields.find("transfer-encoding"); coding != fields.end()) {
      if (lower(coding->second) != "chunked" || head_.is_http_1_0) {
        return refuse(error, 400, "The only Transfer-Encoding taken is chunked");
      }
      head_.framing = BodyFraming::Chunked;
    }
    if (const auto length = fields.find("content-length"); length != fields.end()) {
      if (length->second.find(',') != std::string::npos) return void(error = http::error::bad_content_length);
      head_.length = *content_length();
      if (head_.length > 0) head_.framing = BodyFraming::Length;
    }
    head_.closes = !keep_alive();
    const auto expect = fields.find("expect");
    head_.asks_to_go_on =
        !head_.is_http_1_0 && expect != fields.end() && lower(expect->second) == "100-continue";
  }

  void on_chunk_header_impl(uint64_t /*size*/, string_view extensions, error_code& error) override {
    if (!extensions.empty()) error = http::error::bad_chunk_extension;
  }
  size_t on_chunk_body_impl(uint64_t /*left*/, string_view bytes, error_code& /*error*/) override {
    head_.request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(string_view bytes, error_code&) override { return bytes.size(); }
  void on_finish_impl(error_code&) override {}

  RequestHead& head_;
  int status_ = 400;
  std::string fault_;
};

RequestReader::RequestReader() = default;
RequestReader::~RequestReader() = default;

RequestReader::Stage RequestReader::refuse(int status, std::string message) {
  refusal_ = {status, std::move(message)};
  return Stage::Refused;
}

RequestReader::Stage RequestReader::refuse_body() {
  return refuse(413, "The body is larger than " + std::to_string(body_bytes_max_) + " bytes");
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
    return parse_head(at + 1);
  }
  searched_ = waiting_.size();
  if (waiting_.size() > kHeadBytesMax) {
    return refuse(431, "The head of the request is longer than " + std::to_string(kHeadBytesMax) + " bytes");
  }
  return Stage::Head;
}

RequestReader::Stage RequestReader::parse_head(size_t size) {
  const std::string_view text = std::string_view(waiting_).substr(0, size);
  if (text.find("\n ") != std::string_view::npos || text.find("\n\t") != std::string_view::npos) {
    return refuse(400, "A header is folded over lines, which is not taken");
  }
  parser_ = std::make_unique<Parser>(head_);
  error_code error;
  parser_->put(text, error);
  if (!error && !parser_->is_header_done()) error = http::error::bad_value;
  if (error) {
    refusal_ = parser_->refusal(error);
    return Stage::Refused;
  }
  waiting_.erase(0, size);
  return Stage::Decide;
}

void RequestReader::read_body(size_t bytes_max) {
  body_bytes_max_ = bytes_max;
  stage_ = head_.framing == BodyFraming::None ? Stage::Complete : Stage::Body;
  if (head_.framing == BodyFraming::Length && head_.length > bytes_max) stage_ = refuse_body();
  if (head_.framing == BodyFraming::Chunked) parser_->body_limit(bytes_max);
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

RequestReader::Stage RequestReader::take_chunks() {
  // Beast takes the line of a size, and the end of the last chunk, once they are whole.
  constexpr size_t kLineMax = 24;
  // What it has seen cut off it must not see again before there is as much as the shortest end: it asserts
  // that.
  constexpr size_t kEndMin = std::string_view("0\r\n\r\n").size();
  if (is_cut_off_ && waiting_.size() < kEndMin) return Stage::Body;
  size_t used = 0;
  error_code error;
  while (used < waiting_.size() && !parser_->is_done() && !error) {
    used += parser_->put(std::string_view(waiting_).substr(used), error);
  }
  waiting_.erase(0, used);
  is_cut_off_ = error == http::error::need_more;
  if (parser_->is_done()) return Stage::Complete;
  if (!error) return Stage::Body;
  if (error == http::error::body_limit) return refuse_body();
  if (error != http::error::need_more) {
    refusal_ = parser_->refusal(error);
    return Stage::Refused;
  }
  if (waiting_.size() > kLineMax) return refuse(400, "The size of a chunk is no hexadecimal number");
  return Stage::Body;
}

void RequestReader::next() {
  stage_ = Stage::Head;
  searched_ = 0;
  head_ = {};
  if (waiting_.empty()) std::string().swap(waiting_);  // an idle connection keeps no buffer
  parser_.reset();
  is_cut_off_ = false;
}

}  // namespace aurora::net
