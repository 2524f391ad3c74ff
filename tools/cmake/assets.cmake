# Files inside the executable. `aurora_asset(name path)` may be called from any layer; aurora::find_asset("name") finds it,
# a folder's files as "name/<path within it>". DEPENDS names what the folder is made from. Link `PACKAGES assets`.

set(AURORA_EMBED ${AURORA_PYTHON} ${CMAKE_SOURCE_DIR}/tools/embed_assets)

function(aurora_asset name path)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  get_filename_component(path ${path} ABSOLUTE)
  set_property(GLOBAL APPEND PROPERTY AURORA_ASSETS ${name}=${path})
  if(NOT ARG_DEPENDS)
    set(ARG_DEPENDS ${path})
  endif()
  set_property(GLOBAL APPEND PROPERTY AURORA_ASSET_DEPENDS ${ARG_DEPENDS})
endfunction()

# aurora_embed(out-stem command-line DEPENDS files...): sets <stem>.cpp and <stem>.S to be made, in `sources` of the caller.
function(aurora_embed mode stem)
  cmake_parse_arguments(ARG "" "" "ENTRIES;DEPENDS" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/generated/${stem})
  add_custom_command(OUTPUT ${out}.cpp ${out}.S ${out}.blob
    COMMAND ${AURORA_EMBED} ${mode} ${out} ${ARG_ENTRIES}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed_assets ${ARG_DEPENDS} COMMENT "Embedding ${stem}" VERBATIM)
  set_source_files_properties(${out}.S PROPERTIES OBJECT_DEPENDS ${out}.blob)
  set(sources ${out}.cpp ${out}.S PARENT_SCOPE)
endfunction()

# Last of all: when every layer has named its files.
function(aurora_finish_assets)
  get_property(assets GLOBAL PROPERTY AURORA_ASSETS)
  get_property(depends GLOBAL PROPERTY AURORA_ASSET_DEPENDS)
  aurora_embed(files assets ENTRIES ${assets} DEPENDS ${depends})
  add_library(package_assets STATIC ${CMAKE_SOURCE_DIR}/src/base/assets.cpp ${sources})
  target_include_directories(package_assets PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(package_assets PRIVATE $<BUILD_INTERFACE:aurora_warnings>)
endfunction()

# The web pages, when web/ is there: npm's packages are fetched when package-lock.json changes, pages built when web/ does.
function(aurora_web)
  set(web ${CMAKE_SOURCE_DIR}/web)
  if(NOT EXISTS ${web}/package.json)
    return()
  endif()
  find_program(AURORA_NPM npm)
  if(NOT AURORA_NPM)
    message(FATAL_ERROR "npm not found: run tools/setup")
  endif()
  set(packages ${web}/node_modules/.aurora_installed)
  set(dist ${CMAKE_BINARY_DIR}/web)
  add_custom_command(OUTPUT ${packages}
    COMMAND sh -c "'${AURORA_NPM}' ci --no-audit --no-fund --loglevel=error || { echo \"web: npm could not fetch the \
packages of web/package-lock.json; it needs its registry once (or NPM_CONFIG_REGISTRY, or a filled npm cache)\" >&2; exit 1; }"
    COMMAND ${CMAKE_COMMAND} -E touch ${packages}
    DEPENDS ${web}/package-lock.json WORKING_DIRECTORY ${web} COMMENT "Fetching the web packages" VERBATIM)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
  file(GLOB settings CONFIGURE_DEPENDS ${web}/*.html ${web}/*.ts ${web}/*.json)
  add_custom_command(OUTPUT ${dist}.stamp
    COMMAND ${AURORA_NPM} run --silent build -- --outDir ${dist} --emptyOutDir --logLevel warn
    COMMAND ${CMAKE_COMMAND} -E touch ${dist}.stamp
    DEPENDS ${packages} ${sources} ${settings} WORKING_DIRECTORY ${web} COMMENT "Building the web pages" VERBATIM)
  aurora_asset(web ${dist} DEPENDS ${dist}.stamp)
endfunction()
