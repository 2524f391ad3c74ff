#include "aurora/core/cluster/change.h"

#include "aurora/core/cluster/effect.h"

namespace aurora::core {
namespace {

struct IsDurable {
  bool operator()(const TaskSaved&) const { return true; }
  bool operator()(const TaskMoved&) const { return true; }
  bool operator()(const TaskDeleted&) const { return true; }
  bool operator()(const HostSaved&) const { return true; }
  bool operator()(const UpdateSaved&) const { return true; }
  bool operator()(const UpdateEventAdded&) const { return true; }
  bool operator()(const InstanceEventAdded&) const { return true; }
  bool operator()(const UpdateDeleted&) const { return true; }
  bool operator()(const TombstoneSaved&) const { return true; }
  bool operator()(const TombstoneDeleted&) const { return true; }
  bool operator()(const HostSeen&) const { return false; }
  bool operator()(const HostChecked&) const { return false; }
  bool operator()(const HostGone&) const { return false; }
  bool operator()(const UpdateProgressed&) const { return false; }
  bool operator()(const PendingReasonFound&) const { return false; }
  bool operator()(const UnknownTasksFound&) const { return false; }
};

}  // namespace

bool is_durable(const Change& change) { return std::visit(IsDurable{}, change); }

const HostId& host_of(const Effect& effect) {
  return *std::visit([](const auto& e) { return &e.host; }, effect);
}

}  // namespace aurora::core
