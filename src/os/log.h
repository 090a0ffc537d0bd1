#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace os::log {

enum class Level { kDebug, kInfo, kWarn, kError };
enum class Format { kText, kJson };

/// A key with its value; numbers and booleans keep their type in JSON.
class Field {
 public:
  Field(std::string_view key, std::string_view value) : key_(key), text_(value) {}
  Field(std::string_view key, const char* value) : key_(key), text_(value) {}
  Field(std::string_view key, const std::string& value) : key_(key), text_(value) {}
  Field(std::string_view key, bool value) : key_(key), text_(value ? "true" : "false"), bare_(true) {}
  Field(std::string_view key, std::int64_t value) : key_(key), text_(std::to_string(value)), bare_(true) {}
  Field(std::string_view key, int value) : Field(key, static_cast<std::int64_t>(value)) {}
  Field(std::string_view key, std::size_t value) : Field(key, static_cast<std::int64_t>(value)) {}

  std::string_view key() const { return key_; }
  std::string_view text() const { return text_; }
  /// Whether the value is written without quotes in JSON.
  bool bare() const { return bare_; }

 private:
  std::string_view key_;
  std::string text_;
  bool bare_ = false;
};

/// Sets the format and the level of the log, which is written to standard error, and logs violated invariants from now
/// on. Call once, before other threads start.
void init(Format format, Level level);

/// Writes one line: time, level, message, fields. External text is escaped, so that one call always writes one line.
/// Thread-safe. Never pass key material, passwords or content of a Secret.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void info(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::kInfo, m, f);
}
inline void warn(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::kWarn, m, f);
}
inline void error(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::kError, m, f);
}

/// The line that write() would print, without its line break; for tests.
std::string format_line(Format format, std::string_view time, Level level, std::string_view message,
                        std::initializer_list<Field> fields);

}  // namespace os::log
