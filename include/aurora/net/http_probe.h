// One short HTTP exchange with a port of this machine, for a caller that has many of them at once and waits
// for none: it waits until fd() is ready and then calls advance(). Time is the caller's business: an exchange
// that takes too long is destroyed. Whatever the other side sends, memory and the work of one advance() are
// bounded. Used by one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "aurora/base/result.h"

namespace aurora::net {

struct ProbeRequest {
  std::string method =
      "GET";     // a GET follows redirections to ports of this machine; no other request follows any
  int port = 0;  // of 127.0.0.1, or of ::1 if nobody listens there
  std::string target = "/";   // what no URL may hold is escaped
  size_t body_bytes_max = 0;  // so much of the answer's body is waited for
};
struct ProbeAnswer {
  int status = 0;
  std::string body;
};

class HttpProbe {
 public:
  explicit HttpProbe(ProbeRequest request);  // connects
  ~HttpProbe();
  HttpProbe(const HttpProbe&) = delete;
  HttpProbe& operator=(const HttpProbe&) = delete;

  // Goes on without waiting. True when it is over.
  bool advance();
  // What to wait for after advance() has returned false. It is another descriptor than before, even if the
  // number is the same, when there has been a further connection.
  int fd() const;
  bool wants_to_write() const;
  int connections() const;
  // REQUIRES: it is over. Unavailable: "[Errno 111] Connection refused", and whatever else the system said;
  // any other code: the other side did not answer in HTTP ("BadStatusLine"), or led elsewhere.
  Result<ProbeAnswer> take_outcome();

 private:
  class Exchange;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace aurora::net
