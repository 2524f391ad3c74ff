# Third-party packages as interface targets `package_<name>`, found in their static archives.
# Each is linked PRIVATE to the one layer that may include it (aurora_layer(... PACKAGES ...)).

# aurora_package(name ARCHIVES z bz2 ... [INCLUDES dir...]): fails at configure time, naming the archive, when one is missing.
function(aurora_package name)
  cmake_parse_arguments(ARG "" "" "ARCHIVES;INCLUDES" ${ARGN})
  add_library(package_${name} INTERFACE)
  foreach(archive IN LISTS ARG_ARCHIVES)
    find_library(AURORA_ARCHIVE_${archive} NAMES lib${archive}.a)
    if(NOT AURORA_ARCHIVE_${archive})
      message(FATAL_ERROR "lib${archive}.a, needed by ${name}, is not installed: run tools/setup")
    endif()
    target_link_libraries(package_${name} INTERFACE ${AURORA_ARCHIVE_${archive}})
  endforeach()
  target_include_directories(package_${name} SYSTEM INTERFACE ${ARG_INCLUDES})
endfunction()

# aurora_header(VARIABLE header purpose dirs...): the folder that holds `header`.
function(aurora_header variable header)
  find_path(${variable} ${header} HINTS ${ARGN})
  if(NOT ${variable})
    message(FATAL_ERROR "${header} not found: run tools/setup, which installs it, then configure again")
  endif()
endfunction()

# Debian's interpreter, whatever else comes first on the PATH: its headers, archive and library must agree.
set(AURORA_PYTHON /usr/bin/python3.11 CACHE FILEPATH "The interpreter whose library is embedded")
aurora_header(AURORA_PYTHON_INCLUDE Python.h /usr/include/python3.11)
aurora_header(AURORA_PYBIND11_INCLUDE pybind11/embed.h)
aurora_header(AURORA_JSON_INCLUDE nlohmann/json.hpp)
aurora_header(AURORA_CLI11_INCLUDE CLI/CLI.hpp)
aurora_header(AURORA_BEAST_INCLUDE boost/beast/http/basic_parser.hpp)
aurora_header(AURORA_CATCH2_INCLUDE catch2/catch.hpp)
# Written by tools/setup: as root to /var/cache, else to the user's cache.
aurora_header(AURORA_HTTPLIB_DIR httplib.h $ENV{AURORA_HTTPLIB_DIR}
  $ENV{XDG_CACHE_HOME}/aurora-build $ENV{HOME}/.cache/aurora-build /var/cache/aurora-build)

find_program(AURORA_PROTOC protoc)
if(NOT AURORA_PROTOC)
  message(FATAL_ERROR "protoc not found: run tools/setup")
endif()

aurora_package(json INCLUDES ${AURORA_JSON_INCLUDE})
aurora_package(cli11 INCLUDES ${AURORA_CLI11_INCLUDE})
aurora_package(beast INCLUDES ${AURORA_BEAST_INCLUDE})
aurora_package(catch2 INCLUDES ${AURORA_CATCH2_INCLUDE})
aurora_package(protobuf ARCHIVES protobuf z)
if(AURORA_SANITIZE MATCHES thread)
  # Debian's archive is built without it, and protobuf's messages are larger where this macro is defined.
  target_compile_options(package_protobuf INTERFACE -U__SANITIZE_THREAD__)
endif()
if(AURORA_SANITIZE MATCHES thread)
  # Not instrumented either: from the shared library the thread sanitizer knows which calls to overlook (tests/main.cpp).
  find_library(AURORA_SHARED_ROCKSDB NAMES librocksdb.so REQUIRED)
  aurora_package(rocksdb)
  target_link_libraries(package_rocksdb INTERFACE ${AURORA_SHARED_ROCKSDB})
  # Nor may it call our instrumented copies of the standard library's templates.
  target_link_options(package_rocksdb INTERFACE -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/no_exports.map)
else()
  aurora_package(rocksdb ARCHIVES rocksdb snappy lz4 zstd bz2 z)
endif()
aurora_package(archive ARCHIVES archive z zstd)
aurora_package(re2 ARCHIVES re2)
aurora_package(time_zones ARCHIVES absl_time absl_civil_time absl_time_zone absl_strings absl_strings_internal absl_int128
  absl_throw_delegate absl_base absl_spinlock_wait absl_raw_logging_internal absl_log_severity)
aurora_package(openssl ARCHIVES ssl crypto)
aurora_package(httplib INCLUDES ${AURORA_HTTPLIB_DIR})
target_compile_definitions(package_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT)
target_link_libraries(package_httplib INTERFACE package_openssl)
aurora_package(python ARCHIVES python3.11 expat z INCLUDES ${AURORA_PYTHON_INCLUDE} ${AURORA_PYBIND11_INCLUDE})
# pybind11's types are hidden; ours that hold them must be too.
target_compile_options(package_python INTERFACE -fvisibility=hidden)
