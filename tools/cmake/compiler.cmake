# Language, warnings, optimisation, sanitizers and the linker, for all of our code.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Sanitize" FORCE)
endif()
set(AURORA_SANITIZE "" CACHE STRING "Sanitizers, e.g. 'address,undefined'; empty: the static executable")

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS")

# libpython3.11.a is not position independent, so no executable is, and code need not be either.
add_compile_options(-fno-pie -pthread)
add_link_options(-no-pie -pthread)

if(AURORA_SANITIZE)
  # The sanitizer runtimes do not support -static; our packages are still taken from their archives.
  add_compile_options(-fsanitize=${AURORA_SANITIZE} -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${AURORA_SANITIZE})
else()
  add_link_options(-static -Wl,--gc-sections)
  add_compile_options(-ffunction-sections -fdata-sections)
endif()

# mold links the executable several times faster than the default linker.
find_program(AURORA_MOLD mold)
if(AURORA_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Warnings of our own code; generated and third-party code does not link to this.
add_library(aurora_warnings INTERFACE)
if(AURORA_SANITIZE)
  target_compile_options(aurora_warnings INTERFACE -w)  # g++ 12 warns wrongly of instrumented code
else()
  # g++ 12 takes the members of a variant's other cases for uninitialized ones, once moving them is cheap enough to inline.
  target_compile_options(aurora_warnings INTERFACE -Wall -Wextra -Wpedantic -Wswitch-enum -Werror -Wno-maybe-uninitialized)
endif()
