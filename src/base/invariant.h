#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace base {

/// Is told what was expected and where.
using InvariantReport = void (*)(std::string_view expected, const char* file, int line);

/// From now on `report` is told of a violation before the process ends, in place of the plain line on standard error.
/// Call once, before other threads start.
void report_violations_to(InvariantReport report);

/// Reports what was expected and where, and aborts: to go on would be to act on a state that the program does not know.
[[noreturn]] void invariant_violated(std::string_view expected, const char* file, int line);

// What the program itself has established and now relies on: must(found, "each name has an entry"). A fault of the
// world outside (input, network, API server) is not an invariant but a base::Result.
// The place is the caller's. Clang 14 cannot compile std::source_location, but knows the functions behind it.

inline void must(bool holds, std::string_view expected, const char* file = __builtin_FILE(),
                 int line = __builtin_LINE()) {
  if (!holds) invariant_violated(expected, file, line);
}

template <class T>
T& must(T* pointer, std::string_view expected, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (pointer == nullptr) invariant_violated(expected, file, line);
  return *pointer;
}

template <class T>
T& must(std::optional<T>& value, std::string_view expected, const char* file = __builtin_FILE(),
        int line = __builtin_LINE()) {
  if (!value) invariant_violated(expected, file, line);
  return *value;
}

template <class T>
const T& must(const std::optional<T>& value, std::string_view expected, const char* file = __builtin_FILE(),
              int line = __builtin_LINE()) {
  if (!value) invariant_violated(expected, file, line);
  return *value;
}

/// By value: a reference into a temporary would dangle.
template <class T>
T must(std::optional<T>&& value, std::string_view expected, const char* file = __builtin_FILE(),
       int line = __builtin_LINE()) {
  if (!value) invariant_violated(expected, file, line);
  return *std::move(value);
}

}  // namespace base
