include(CTest) # BUILD_TESTING
include(CheckCXXCompilerFlag)

option(IOTDA_BENCHMARKS "Build the programs under bench/" OFF)
option(IOTDA_FUZZERS "Build the libFuzzer targets under tests/fuzz (clang)" OFF)
option(IOTDA_FAIL_POINTS "Build an operator too that dies at named points, for tests" ${BUILD_TESTING})
# Small before fast: what is resident most of the time is code, and the time goes into waiting for others.
set(CMAKE_CXX_FLAGS_RELEASE "-Os -DNDEBUG")
set(IOTDA_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize takes them: address,undefined or thread")

add_library(iotda_options INTERFACE)
target_compile_options(iotda_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough -Werror
  -Wno-missing-field-initializers # designated initializers leave out what has its default
  -fstack-protector-strong -ffunction-sections -fdata-sections)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(iotda_options INTERFACE -Wthread-safety)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(iotda_options INTERFACE
    -Wno-restrict             # false on "literal" + string: GCC bug 105651
    -Wno-maybe-uninitialized) # false on a jthread at -Os
endif()
if(IOTDA_SANITIZE)
  target_compile_options(iotda_options INTERFACE -fsanitize=${IOTDA_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(iotda_options INTERFACE -fsanitize=${IOTDA_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(iotda_options INTERFACE _FORTIFY_SOURCE=3)
  # What a mistake may be worth to an attacker, where the compiler knows how to lower it: no jump over the stack's guard
  # page, no stale bytes in locals, no jump into the middle of a function (the second is x86's word for it, the third Arm's).
  foreach(flag -fstack-clash-protection -ftrivial-auto-var-init=zero -fcf-protection=full -mbranch-protection=standard)
    string(MAKE_C_IDENTIFIER "HAVE${flag}" known)
    check_cxx_compiler_flag(${flag} ${known})
    if(${known})
      target_compile_options(iotda_options INTERFACE ${flag})
    endif()
  endforeach()
endif()
target_link_options(iotda_options INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--as-needed -Wl,--gc-sections)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()
