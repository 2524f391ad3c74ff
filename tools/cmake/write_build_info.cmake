# cmake -DVERSION= -DSOURCE= -DOUTPUT= -P: writes the definition of aurora::build_info(), if the commit or version changed.
execute_process(COMMAND git -C ${SOURCE} rev-parse HEAD
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit unknown)
endif()
set(key "// ${VERSION} ${commit}\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} existing)
  string(FIND "${existing}" "${key}" at)
  if(at EQUAL 0)
    return()
  endif()
endif()
string(TIMESTAMP date "%Y-%m-%d" UTC)  # SOURCE_DATE_EPOCH, if set, replaces the clock
file(WRITE ${OUTPUT} "${key}#include \"aurora/base/build_info.h\"

aurora::BuildInfo aurora::build_info() { return {\"${VERSION}\", \"${commit}\", \"${date}\"}; }
")
