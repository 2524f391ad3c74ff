// Reads one HTTP/1 answer from bytes as they arrive, as much of it as somebody wants to know. The grammar is
// Boost.Beast's. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace aurora::net {

class AnswerReader {
 public:
  static constexpr size_t kHeadBytesMax = 64u << 10;

  enum class Stage { Reading, Complete, Broken };

  // So much of the body is read and no more: 0 = the head is all that is wanted.
  explicit AnswerReader(size_t body_bytes_max);
  ~AnswerReader();

  Stage take(std::string_view bytes);
  Stage end();  // there will be no more bytes, which may be the end of the body

  bool has_head() const { return has_head_; }
  int status() const { return status_; }
  const std::string& location() const { return location_; }  // of a redirection
  const std::string& body() const { return body_; }

 private:
  class Parser;

  void begin();
  Stage stage() const;

  size_t body_bytes_max_;
  std::unique_ptr<Parser> parser_;
  std::string waiting_;      // arrived and not yet used
  bool is_cut_off_ = false;  // the parser has seen what waits, a part of a line between chunks
  bool has_head_ = false;
  int status_ = 0;
  std::string location_;
  std::string body_;
};

}  // namespace aurora::net
