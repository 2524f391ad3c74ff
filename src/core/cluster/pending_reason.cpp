#include "aurora/core/cluster/pending_reason.h"

namespace aurora::core {

std::string to_sentence(const PendingReason& reason) {
  std::string text;
  for (const HostVeto& veto : reason.vetoes) {
    if (!text.empty()) text += "; ";
    text += reason.hosts == 1 ? "the only host"
                              : std::to_string(veto.hosts) + " of " + std::to_string(reason.hosts) + " hosts";
    text += ": " + veto.reason;
    if (!veto.detail.empty()) text += " (" + veto.detail + ")";
  }
  return text.empty() ? reason.reason : text;
}

}  // namespace aurora::core
