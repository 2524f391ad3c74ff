// One visitor out of several lambdas, for std::visit.
#pragma once

namespace aurora {

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 does not deduce aggregates

}  // namespace aurora
