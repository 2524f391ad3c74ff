#include "aurora/core/cluster/change.h"

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
  bool operator()(const QuotaSaved&) const { return true; }
  bool operator()(const CronJobSaved&) const { return true; }
  bool operator()(const CronProgressed&) const { return true; }
  bool operator()(const CronJobDeleted&) const { return true; }
  bool operator()(const TombstoneDeleted&) const { return true; }
  bool operator()(const RequestAnswered&) const { return true; }
  bool operator()(const RequestForgotten&) const { return true; }
  bool operator()(const HostReserved&) const { return false; }
  bool operator()(const InstanceKept&) const { return false; }
  bool operator()(const InstanceReleased&) const { return false; }
  bool operator()(const ListWanted&) const { return false; }
  bool operator()(const HostReleased&) const { return false; }
  bool operator()(const HostSeen&) const { return false; }
  bool operator()(const HostChecked&) const { return false; }
  bool operator()(const HostGone&) const { return false; }
  bool operator()(const UpdateProgressed&) const { return false; }
  bool operator()(const PendingReasonFound&) const { return false; }
  bool operator()(const UnknownTasksFound&) const { return false; }
  bool operator()(const DrainProgressed&) const { return false; }
  bool operator()(const CoordinatorAsked&) const { return false; }
  bool operator()(const CoordinatorSaid&) const { return false; }
};

}  // namespace

bool is_durable(const Change& change) { return std::visit(IsDurable{}, change); }

}  // namespace aurora::core
