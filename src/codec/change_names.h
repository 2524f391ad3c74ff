#pragma once

#include <string_view>

#include "aurora/core/cluster/change.h"

namespace aurora::codec {

// The name of each durable case of core::Change, as of the cases of v1::Change; empty for the volatile ones.
template <typename C>
inline constexpr std::string_view kCaseName;
template <>
inline constexpr std::string_view kCaseName<core::TaskSaved> = "taskSaved";
template <>
inline constexpr std::string_view kCaseName<core::TaskMoved> = "taskMoved";
template <>
inline constexpr std::string_view kCaseName<core::TaskDeleted> = "taskDeleted";
template <>
inline constexpr std::string_view kCaseName<core::HostSaved> = "hostSaved";
template <>
inline constexpr std::string_view kCaseName<core::UpdateSaved> = "updateSaved";
template <>
inline constexpr std::string_view kCaseName<core::UpdateEventAdded> = "updateEventAdded";
template <>
inline constexpr std::string_view kCaseName<core::InstanceEventAdded> = "instanceEventAdded";
template <>
inline constexpr std::string_view kCaseName<core::UpdateDeleted> = "updateDeleted";
template <>
inline constexpr std::string_view kCaseName<core::TombstoneSaved> = "tombstoneSaved";
template <>
inline constexpr std::string_view kCaseName<core::TombstoneDeleted> = "tombstoneDeleted";

template <>
inline constexpr std::string_view kCaseName<core::QuotaSaved> = "quotaSaved";
template <>
inline constexpr std::string_view kCaseName<core::CronJobSaved> = "cronJobSaved";
template <>
inline constexpr std::string_view kCaseName<core::CronProgressed> = "cronProgressed";
template <>
inline constexpr std::string_view kCaseName<core::CronJobDeleted> = "cronJobDeleted";
template <>
inline constexpr std::string_view kCaseName<core::RequestAnswered> = "requestAnswered";
template <>
inline constexpr std::string_view kCaseName<core::RequestForgotten> = "requestForgotten";

}  // namespace aurora::codec
