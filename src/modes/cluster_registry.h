// The user's own ~/.aurora/clusters.json: devcluster adds its entry while it runs, so that the client finds it without
// /etc and without any variable. Other entries are kept as they are; an entry of the same name that the user wrote is put
// aside and comes back at the end.
#pragma once

#include <functional>
#include <string>

#include "aurora/base/result.h"

namespace aurora {

struct RegistryEntry {
  std::string name;
  std::string scheduler_uri;
  std::string folder;  // of the devcluster: tells whose entry it is
};

// One entry as in a clusters.json.
std::string to_json(const RegistryEntry& entry);

// The file's new text with the entry in it; `displaced` gets the entry of that name that must come back: the
// user's own, or that of a devcluster in another folder for which `is_running` holds. InvalidArgument when
// the text is no clusters.json: it is then left alone.
Result<std::string> with_entry(const std::string& text, const RegistryEntry& entry, std::string& displaced,
                               const std::function<bool(const std::string& folder)>& is_running);
// The folder of the devcluster that wrote the entry; empty for a user's own.
std::string owner_of(const std::string& entry_json);
// The same without it, and with `displaced` (may be empty) back in its place. Unchanged when the entry is not ours.
Result<std::string> without_entry(const std::string& text, const RegistryEntry& entry, const std::string& displaced);

// Replaces a file in one step, with its folder; an existing file keeps its mode.
Status write_file(const std::string& path, const std::string& text, unsigned mode);
std::string read_file(const std::string& path);  // empty when there is none

}  // namespace aurora
