#include "net/answer_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

namespace aurora::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

}  // namespace

class AnswerReader::Parser : public http::basic_parser<false> {
 public:
  explicit Parser(AnswerReader& answer) : answer_(answer) {
    header_limit(static_cast<uint32_t>(kHeadBytesMax));
    body_limit(std::numeric_limits<uint64_t>::max());  // who reads stops by itself
    eager(true);
  }

  size_t put(std::string_view bytes, error_code& error) {
    return basic_parser::put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  }

 private:
  void on_response_impl(int code, string_view /*reason*/, int /*version*/, error_code&) override {
    answer_.status_ = code;
  }
  void on_field_impl(http::field name, string_view /*text*/, string_view value, error_code&) override {
    if (name == http::field::location && !is_header_done())
      answer_.location_.assign(value.data(), value.size());
  }
  void on_header_impl(error_code&) override { answer_.has_head_ = true; }
  size_t on_body_impl(string_view bytes, error_code&) override {
    answer_.body_.append(bytes.data(),
                         std::min(bytes.size(), answer_.body_bytes_max_ - answer_.body_.size()));
    return bytes.size();
  }
  size_t on_chunk_body_impl(uint64_t /*left*/, string_view bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }
  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  AnswerReader& answer_;
};

AnswerReader::AnswerReader(size_t body_bytes_max) : body_bytes_max_(body_bytes_max) { begin(); }
AnswerReader::~AnswerReader() = default;

void AnswerReader::begin() {
  has_head_ = false;
  location_.clear();
  parser_ = std::make_unique<Parser>(*this);
}

AnswerReader::Stage AnswerReader::stage() const {
  const bool is_enough = has_head_ && body_.size() >= body_bytes_max_;
  return is_enough || parser_->is_done() ? Stage::Complete : Stage::Reading;
}

AnswerReader::Stage AnswerReader::take(std::string_view bytes) {
  // What Beast has seen cut off between chunks it must not see again before there is as much as the shortest
  // end: it asserts that.
  constexpr size_t kEndMin = std::string_view("0\r\n\r\n").size();
  waiting_ += bytes;
  if (is_cut_off_ && waiting_.size() < kEndMin) return stage();
  error_code error;
  while (!waiting_.empty() && !error) {
    waiting_.erase(0, parser_->put(waiting_, error));
    const bool is_interim =
        has_head_ && status_ < 200;  // "100 Continue", and whatever may come before the answer
    if (is_interim && !error) {
      begin();
    } else if (stage() == Stage::Complete) {
      return Stage::Complete;
    }
  }
  is_cut_off_ = has_head_ && error == http::error::need_more;
  return error && error != http::error::need_more ? Stage::Broken : stage();
}

AnswerReader::Stage AnswerReader::end() {
  if (stage() == Stage::Complete) return Stage::Complete;
  if (!parser_->got_some()) return Stage::Broken;
  error_code error;
  parser_->put_eof(error);
  return error ? Stage::Broken : Stage::Complete;
}

}  // namespace aurora::net
