// The kinds of Reconcile by name, for the API and for recordings.
#pragma once

#include "aurora/core/commands/command.h"

template <>
struct aurora::EnumNames<aurora::core::Reconcile::Kind> {
  using enum aurora::core::Reconcile::Kind;
  static constexpr std::array<EnumName<aurora::core::Reconcile::Kind>, 2> values = {
      {{Explicit, "explicit"}, {Implicit, "implicit"}}};
};
