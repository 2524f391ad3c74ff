#include "aurora/base/figures.h"

namespace aurora {
namespace {

bool is_kept(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
         c == '.' || c == '-';
}

}  // namespace

std::string normalise_figure_name(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (!is_kept(c)) c = '_';
  }
  return text;
}

}  // namespace aurora
