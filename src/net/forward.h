// A request that another server answers in our place. Used on the thread of its io_context only; alive as long as something
// of it is in progress there.
#pragma once

#include <functional>
#include <memory>

#include "aurora/net/forwards.h"
#include "net/exchange.h"
#include "net/session_thread.h"

namespace aurora::net {

class Forward : public Session, public std::enable_shared_from_this<Forward> {
 public:
  Forward(boost::asio::io_context& io, const Url& url, const ForwardedRequest& request, SessionThread::Place place);

  using Answer = std::function<void(Response)>;
  void begin(Answer answer);
  void stop() override { exchange_->stop(); }

 private:
  Response answer_of_exchange();

  const std::shared_ptr<Exchange> exchange_;
  const SessionThread::Place place_;
};

}  // namespace aurora::net
