// What anybody may send to a server.
#include "net/answer_reader.h"
#include "net/byte_range.h"
#include "net/local_redirect.h"
#include "net/request_reader.h"
#include "targets.h"

namespace aurora::fuzz {

void byte_range(std::string_view input) {
  static const std::string kBody = "0123456789";
  net::Response whole;
  whole.content_length = kBody.size();
  whole.stream = [](size_t offset) { return kBody.substr(offset); };
  const net::Response part = net::apply_range(std::move(whole), std::string(input));
  if (part.status == 416) return;
  promise(part.status == 200 || part.status == 206, "a range is served, ignored or refused");
  const size_t length = *part.content_length;
  promise(length >= 1 && length <= kBody.size() && part.stream(0).size() >= length,
          "a range is inside of the body");
}

namespace {

struct Reading {
  int requests = 0;
  int status = 0;  // 0: not refused
  std::string bodies;
  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read_in_pieces(std::string_view input, size_t piece) {
  constexpr size_t kBodyMax = 1000;
  net::RequestReader reader;
  Reading reading;
  for (size_t at = 0; at < input.size() && reading.status == 0; at += piece) {
    reader.append(input.substr(at, piece));
    for (bool goes_on = true; goes_on;) {
      switch (reader.advance()) {
        case net::RequestReader::Stage::Decide:
          reader.read_body(kBodyMax);
          break;
        case net::RequestReader::Stage::Complete:
          promise(reader.head().request.body.size() <= kBodyMax, "a body is within its bound");
          ++reading.requests;
          reading.bodies += reader.head().request.path + "\n" + reader.head().request.body + "\n";
          reader.next();
          break;
        case net::RequestReader::Stage::Refused:
          promise(!reader.refusal().message.empty(), "a refusal has a reason");
          reading.status = reader.refusal().status;
          goes_on = false;
          break;
        case net::RequestReader::Stage::Head:
        case net::RequestReader::Stage::Body:
          goes_on = false;
          break;
      }
    }
  }
  return reading;
}

}  // namespace

void http_request(std::string_view input) {
  const Reading whole = read_in_pieces(input, std::max<size_t>(input.size(), 1));
  promise(read_in_pieces(input, 1) == whole, "a request is the same in whatever pieces it arrives");
}

namespace {

// Stage, status, redirection and body.
std::string read_answer(std::string_view input, size_t piece) {
  constexpr size_t kBodyMax = 20;
  using Stage = net::AnswerReader::Stage;
  net::AnswerReader reader(kBodyMax);
  Stage stage = Stage::Reading;
  for (size_t at = 0; at < input.size() && stage == Stage::Reading; at += piece)
    stage = reader.take(input.substr(at, piece));
  if (stage == Stage::Reading) stage = reader.end();
  promise(reader.body().size() <= kBodyMax, "an answer's body is within its bound");
  promise(stage != Stage::Reading, "an answer that has ended is whole or broken");
  if (stage == Stage::Broken) return "broken";
  promise(reader.has_head(), "a whole answer has a head");
  return std::to_string(reader.status()) + " " + reader.location() + "\n" + reader.body();
}

}  // namespace

void http_answer(std::string_view input) {
  const std::string whole = read_answer(input, input.size() + 1);
  promise(read_answer(input, 1) == whole, "an answer is the same in pieces of 1");
  promise(read_answer(input, 7) == whole, "an answer is the same in pieces of 7");
  const auto place = net::find_local_redirect(std::string(input), {31000, "/health"});
  promise(!place || (place->target.starts_with('/') && place->port > 0 && place->port <= 65'535),
          "a redirection leads to a port and a path");
}

}  // namespace aurora::fuzz
