# iotda_module(NAME SOURCES file... [USES module...] [LIBRARIES target...] [PRIVATE_LIBRARIES target...])
#
# Makes the static library iotda_NAME from src/NAME. Headers are included as "NAME/file.h"; the path that makes
# this work belongs to this one module, so a module sees the headers of those it USES and no others.
function(iotda_module name)
  cmake_parse_arguments(M "" "" "SOURCES;USES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  set(include_dir "${PROJECT_BINARY_DIR}/include/${name}")
  file(MAKE_DIRECTORY "${include_dir}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${include_dir}/${name}" SYMBOLIC)

  add_library(iotda_${name} STATIC ${M_SOURCES})
  target_include_directories(iotda_${name} PUBLIC "${include_dir}")
  list(TRANSFORM M_USES PREPEND iotda_)
  target_link_libraries(iotda_${name} PUBLIC ${M_USES} ${M_LIBRARIES} PRIVATE iotda_options ${M_PRIVATE_LIBRARIES})
endfunction()

# iotda_unit_test(MODULE [USES module...] [LIBRARIES target...]): one program from tests/unit/MODULE/*_test.cc. The target
# "unit_tests" makes them all.
function(iotda_unit_test module)
  cmake_parse_arguments(T "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  add_executable(${module}_test ${sources})
  list(TRANSFORM T_USES PREPEND iotda_)
  target_link_libraries(${module}_test PRIVATE iotda_options iotda_${module} ${T_USES} ${T_LIBRARIES}
    GTest::gtest_main GTest::gmock)
  add_dependencies(unit_tests ${module}_test)
  # With a sanitizer they run beside other stages, at the lowest priority.
  if(IOTDA_SANITIZE)
    set(timeout 300)
  else()
    set(timeout 60)
  endif()
  gtest_discover_tests(${module}_test PROPERTIES LABELS unit TIMEOUT ${timeout} DISCOVERY_TIMEOUT 120)
endfunction()
