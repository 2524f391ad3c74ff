// What a program of the host said before it gave up, for whoever has to do something about it.
#pragma once

#include <string>

namespace aurora::executor {

// The end of the file, as one line that can be shown; empty if there is nothing in it.
std::string last_words(const std::string& path);

}  // namespace aurora::executor
