# iotda_embed(OUTPUT HEADER NAMESPACE VARIABLE FILE): makes a source file that defines NAMESPACE::VARIABLE, which HEADER
# declares as "extern const std::string_view", with the text of FILE, and appends its path to the list OUTPUT.
function(iotda_embed output header namespace variable file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  file(READ "${file}" text)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${file}.cc")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/embedded.cc.in" "${source}" @ONLY)
  list(APPEND ${output} "${source}")
  set(${output} "${${output}}" PARENT_SCOPE)
endfunction()
