# Unit tests: aurora_tests runs all of them; test_<name> (built on request) only those of one folder, linking nothing
# above its layer.

# What every target under tests/ shares: include folders, warnings, and quick compilation rather than quick code.
function(aurora_test_target target)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE aurora_warnings package_catch2)
  target_compile_options(${target} PRIVATE -O1)
  target_compile_definitions(${target} PRIVATE AURORA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
endfunction()

# aurora_layer_tests(name SOURCES file_test.cpp... [LAYERS layer...] [PACKAGES proto...])
# Sources are relative to tests/<name>/. They link the layer <name>, or LAYERS where the folder is not named after one, and
# may include its private headers ("<layer>/...") and those of tests/support ("support/...").
function(aurora_layer_tests name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LAYERS;PACKAGES" ${ARGN})
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
  target_link_libraries(aurora_tests_${name} PRIVATE ${ARG_LAYERS} ${ARG_PACKAGES})

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
