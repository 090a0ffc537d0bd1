find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(cpprestsdk 2.10 REQUIRED)
find_package(Boost 1.74 REQUIRED) # headers only: Beast
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
pkg_check_modules(simdjson REQUIRED IMPORTED_TARGET simdjson)

if(BUILD_TESTING)
  find_package(GTest 1.12 REQUIRED)
  include(GoogleTest)
endif()
