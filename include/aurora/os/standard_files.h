// The descriptors 0, 1 and 2, which whoever starts a program may have closed: without them the next file that is opened is
// one of them, and what is printed as an error goes into it.
#pragma once

namespace aurora::os {

// Opens /dev/null for each that is closed; as output only for reading, so that printing to a closed one fails as it should. For the beginning of a program.
void fill_standard_files();

}  // namespace aurora::os
