// Limits of what a folder holds, kept by its file system: project quotas of ext4 and xfs, where it was
// mounted with them (prjquota). A folder of ours is a project of its own; what is made in it belongs to the
// project. The number of the project is an attribute of the folder and nowhere else, so any process of ours
// that sees the folder can ask. Thread-safe. Needs root. Two processes that give out numbers on one file
// system begin at different places.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aurora/base/result.h"

namespace aurora::os {

// Why the file system of the folder keeps no such limits for us; empty: it does.
std::string find_quota_obstacle(const std::string& folder);

// Makes the folder, which is new and empty or was made one before, a project that cannot grow beyond so many
// bytes: who writes more gets EDQUOT, unless he is root. `seed`: where to begin to look for a free number,
// different for different folders.
Status limit_folder(const std::string& folder, int64_t bytes_max, const std::string& seed);
// Of a folder that is such a project, while its file system keeps quotas: what it holds, folders included.
std::optional<int64_t> find_project_bytes(const std::string& folder);
// The limit of its project is gone, and with the folder's files so is the project. Nothing if it is none of
// ours.
void unlimit_folder(const std::string& folder);

}  // namespace aurora::os
