#include "net/forward.h"

#include <utility>

namespace aurora::net {
namespace {

std::string bytes_of(const Url& url, const ForwardedRequest& request) {
  std::string bytes = request.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
  return bytes + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
}

}  // namespace

Forward::Forward(boost::asio::io_context& io, const Url& url, const ForwardedRequest& request, SessionThread::Place place)
    : exchange_(std::make_shared<Exchange>(
          io, url, bytes_of(url, request),
          ExchangeLimits{request.connect_timeout, request.answer_timeout, request.answer_bytes_max})),
      place_(std::move(place)) {}

void Forward::begin(Answer answer) {
  exchange_->begin([self = shared_from_this(), answer = std::move(answer)](std::optional<Response> failure) {
    answer(failure ? *std::move(failure) : self->answer_of_exchange());
  });
}

Response Forward::answer_of_exchange() {
  Response response{.status = exchange_->status(), .content_type = exchange_->header("Content-Type"), .body = exchange_->take_body()};
  // Browsers ask a person for the secret that the server behind wants, and send it along from then on.
  for (const char* name : {"WWW-Authenticate", "Retry-After"}) {
    const std::string value = exchange_->header(name);
    if (!value.empty()) response.headers.emplace(name, value);
  }
  return response;
}

}  // namespace aurora::net
