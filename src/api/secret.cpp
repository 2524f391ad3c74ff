#include "aurora/api/secret.h"

namespace aurora::api {
namespace {

const std::string kScheme = "Bearer ";

bool is_equal(const std::string& given, const std::string& wanted) {
  unsigned difference = given.size() == wanted.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    difference |=
        static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(wanted[i % wanted.size()]);
  }
  return difference == 0;
}

}  // namespace

Status check_secret(const net::Request& request, const std::string& secret) {
  if (secret.empty()) return Unit{};
  const auto header = request.headers.find("authorization");
  if (header != request.headers.end() && is_equal(header->second, kScheme + secret)) return Unit{};
  return Error{ErrorCode::PermissionDenied,
               "The request does not carry this cluster's secret; give scheduler and executors the same "
               "--secret_file"};
}

void add_secret(net::ClientRequest& request, const std::string& secret) {
  if (!secret.empty()) request.headers.emplace("Authorization", kScheme + secret);
}

}  // namespace aurora::api
