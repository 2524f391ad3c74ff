# One static library a layer. Who may link to whom is read from tools/layers.txt, bottom to top.

set(AURORA_LAYERS)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/layers.txt)
file(STRINGS ${CMAKE_SOURCE_DIR}/tools/layers.txt lines REGEX "^[a-z]+:")
foreach(line IN LISTS lines)
  string(REGEX MATCH "^([a-z]+): *([^#]*)" _ "${line}")
  set(layer ${CMAKE_MATCH_1})
  string(STRIP "${CMAKE_MATCH_2}" needs)
  string(REPLACE " " ";" needs "${needs}")
  if(needs STREQUAL "*")
    set(needs ${AURORA_LAYERS})
  endif()
  list(APPEND AURORA_LAYERS ${layer})
  set(AURORA_LAYER_NEEDS_${layer} ${needs})
endforeach()

# Breaches of the layer law fail every build, before anything is compiled.
add_custom_target(aurora_check_layers ALL
  COMMAND ${AURORA_PYTHON} ${CMAKE_SOURCE_DIR}/tools/check_layers.py
  COMMENT "Checking layers" VERBATIM)

# aurora_layer(name SOURCES file.cpp... [PACKAGES json...]): the library aurora_<name>.
# Sources are relative to src/<name>/. A layer without sources has headers only, if anything.
function(aurora_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PACKAGES" ${ARGN})
  set(needs ${AURORA_LAYER_NEEDS_${name}})
  list(TRANSFORM needs PREPEND aurora_)
  if(NOT ARG_SOURCES)
    add_library(aurora_${name} INTERFACE)
    target_include_directories(aurora_${name} INTERFACE ${CMAKE_SOURCE_DIR}/include)
    target_link_libraries(aurora_${name} INTERFACE ${needs})
    return()
  endif()
  add_library(aurora_${name} STATIC ${ARG_SOURCES})
  target_include_directories(aurora_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(aurora_${name} PUBLIC ${needs} PRIVATE aurora_warnings)
  foreach(package IN LISTS ARG_PACKAGES)
    target_link_libraries(aurora_${name} PRIVATE package_${package})
  endforeach()
  add_dependencies(aurora_${name} aurora_check_layers)
endfunction()

# aurora_proto(file.proto...): proto/aurora/v1/*.proto as the library package_proto, without our warnings.
# Include as "aurora/v1/<file>.pb.h".
function(aurora_proto)
  if(NOT ARGN)
    add_library(package_proto INTERFACE)
    return()
  endif()
  set(out ${CMAKE_BINARY_DIR}/generated/proto)
  file(MAKE_DIRECTORY ${out})
  list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/proto/aurora/v1/ OUTPUT_VARIABLE protos)
  list(TRANSFORM ARGN REPLACE "\\.proto$" ".pb.cc" OUTPUT_VARIABLE sources)
  list(TRANSFORM sources PREPEND ${out}/aurora/v1/)
  list(TRANSFORM sources REPLACE "\\.cc$" ".h" OUTPUT_VARIABLE headers)
  add_custom_command(OUTPUT ${sources} ${headers}
    COMMAND ${AURORA_PROTOC} -I ${CMAKE_SOURCE_DIR}/proto --cpp_out=${out} ${protos}
    DEPENDS ${protos} COMMENT "Compiling protocol buffers" VERBATIM)
  add_library(package_proto STATIC ${sources} ${headers})
  target_include_directories(package_proto SYSTEM PUBLIC ${out})
  target_link_libraries(package_proto PUBLIC package_protobuf)
endfunction()
