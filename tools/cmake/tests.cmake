# Unit tests: aurora_tests runs all of them; test_<name> (built on request) only those of one folder, linking nothing
# above its layer.

# What every target under tests/ shares: include folders, warnings, and quick compilation rather than quick code.
function(aurora_test_target target)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE aurora_warnings package_catch2)
  target_compile_options(${target} PRIVATE -O1 -fpch-preprocess)  # the latter lets ccache keep what uses a precompiled header
endfunction()

# aurora_layer_tests(name SOURCES file_test.cpp... [LAYERS layer...] [PACKAGES proto...] [READS_SOURCES file_test.cpp...])
# Sources are relative to tests/<name>/. They link the layer <name>, or LAYERS where the folder is not named after one, and
# may include its private headers ("<layer>/...") and those of tests/support ("support/...").
# READS_SOURCES: those of the sources that use AURORA_SOURCE_DIR, the top of the work tree, to find golden files or scripts;
# the others stay the same in every work tree, so that ccache shares them.
function(aurora_layer_tests name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LAYERS;PACKAGES;READS_SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    return()
  endif()
  if(NOT ARG_LAYERS)
    set(ARG_LAYERS ${name})
  endif()
  list(TRANSFORM ARG_LAYERS PREPEND aurora_)
  list(TRANSFORM ARG_PACKAGES PREPEND package_)
  add_library(aurora_tests_${name} OBJECT ${ARG_SOURCES})
  aurora_test_target(aurora_tests_${name})
  if(ARG_READS_SOURCES)
    set_source_files_properties(${ARG_READS_SOURCES} PROPERTIES COMPILE_DEFINITIONS AURORA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  endif()
  target_link_libraries(aurora_tests_${name} PRIVATE ${ARG_LAYERS} ${ARG_PACKAGES})
  if(NOT package_python IN_LIST ARG_PACKAGES)  # which is compiled with flags of its own
    target_precompile_headers(aurora_tests_${name} REUSE_FROM aurora_tests_catch)
  endif()

  add_executable(test_${name} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:aurora_tests_main>)
  foreach(program aurora_tests test_${name})
    target_link_libraries(${program} PRIVATE
      aurora_tests_${name} aurora_test_support ${ARG_LAYERS} ${ARG_PACKAGES})
  endforeach()
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()

# aurora_test_program(name LAYERS layer... SOURCES file.cpp...): an executable of its own under tests/.
function(aurora_test_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LAYERS" ${ARGN})
  if(NOT ARG_SOURCES)
    return()
  endif()
  list(TRANSFORM ARG_LAYERS PREPEND aurora_)
  add_executable(${name} ${ARG_SOURCES})
  aurora_test_target(${name})
  target_link_libraries(${name} PRIVATE aurora_test_support ${ARG_LAYERS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
