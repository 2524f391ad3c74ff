#include "aurora/base/result.h"

#include <catch2/catch.hpp>

#include <memory>

using namespace aurora;

namespace {

Result<int> parse_digit(char c) {
  if (c < '0' || c > '9') return Error{ErrorCode::InvalidArgument, std::string(1, c) + " is not a digit"};
  return c - '0';
}

Result<int> sum(char a, char b) {
  const int first = TRY(parse_digit(a));
  const int second = TRY(parse_digit(b));
  return first + second;
}

Status check_digit(char c) {
  TRY(parse_digit(c));
  return Unit{};
}

Result<std::unique_ptr<int>> boxed(char c) { return std::make_unique<int>(TRY(parse_digit(c))); }

}  // namespace

TEST_CASE("TRY hands on the value or the first error") {
  CHECK(sum('3', '4').value() == 7);
  CHECK(sum('x', 'y').error().message == "x is not a digit");
  CHECK(sum('1', 'y').error().code == ErrorCode::InvalidArgument);
  CHECK(check_digit('1').ok());
  CHECK_FALSE(check_digit('?').ok());
  CHECK(*boxed('5').value() == 5);
}

TEST_CASE("every error code has a name") {
  CHECK(error_code_name(ErrorCode::NotFound) == "NOT_FOUND");
  CHECK(error_code_name(ErrorCode::Internal) == "INTERNAL");
}
