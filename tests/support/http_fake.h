// An HttpClient without a network: the test says which handler answers for which origin, and what is broken.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "aurora/net/http.h"

namespace aurora::test {

class FakeHttpClient final : public net::HttpClient {
 public:
  // `origin` as in http://host:port. The handler gets path, query, headers (lower case) and body, no
  // path_params.
  void serve(const std::string& origin, net::Handler handler);
  // Requests to `origin` end in this error from now on; Unavailable before the handler sees them, any other
  // after.
  void fail(const std::string& origin, Error error);
  void heal(const std::string& origin);
  std::vector<net::ClientRequest> requests() const;  // all that were sent, oldest first

  Result<net::Response> send(const net::ClientRequest& original) override;

 private:
  Result<net::Response> send_once(const net::ClientRequest& request, const std::string& url);

  mutable std::mutex mutex_;
  std::map<std::string, net::Handler> handlers_;
  std::map<std::string, Error> failures_;
  std::vector<net::ClientRequest> requests_;
};

}  // namespace aurora::test
