#include "os/log.h"

#include <atomic>
#include <cerrno>
#include <unistd.h>

#include "base/invariant.h"
#include "base/text.h"
#include "base/time_format.h"
#include "os/clock.h"

namespace os::log {
namespace {

std::atomic<Format> current_format{Format::kText};  // NOLINT: set once by init()
std::atomic<Level> current_level{Level::kInfo};     // NOLINT: set once by init()

std::string_view name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "unknown";
}

void append_quoted(std::string& out, std::string_view s) {
  out += '"';
  base::append_json_escaped(out, s);
  out += '"';
}

bool needs_quotes(std::string_view s) {
  return s.empty() || s.find_first_of(" \t\r\n\"=\\") != std::string_view::npos;
}

void log_violation(std::string_view expected, const char* file, int line) {
  error("invariant violated", {{"expected", expected}, {"file", file}, {"line", line}});
}

}  // namespace

void init(Format format, Level level) {
  base::report_violations_to(log_violation);
  current_format = format;
  current_level = level;
}

std::string format_line(Format format, std::string_view time, Level level, std::string_view message,
                        std::initializer_list<Field> fields) {
  std::string line;
  line.reserve(128 + message.size());
  if (format == Format::kJson) {
    line += "{\"ts\":";
    append_quoted(line, time);
    line += ",\"level\":";
    append_quoted(line, name(level));
    line += ",\"msg\":";
    append_quoted(line, message);
    for (const Field& f : fields) {
      line += ',';
      append_quoted(line, f.key());
      line += ':';
      if (f.bare()) {
        line += f.text();
      } else {
        append_quoted(line, f.text());
      }
    }
    line += '}';
    return line;
  }
  line += time;
  line += ' ';
  line += name(level);
  line += ' ';
  base::append_json_escaped(line, message);
  for (const Field& f : fields) {
    line += ' ';
    line += f.key();
    line += '=';
    if (needs_quotes(f.text())) {
      append_quoted(line, f.text());
    } else {
      base::append_json_escaped(line, f.text());
    }
  }
  return line;
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (level < current_level.load(std::memory_order_relaxed)) return;
  const std::string time = base::to_rfc3339_micro(RealClock().system_now());
  std::string line = format_line(current_format.load(std::memory_order_relaxed), time, level, message, fields);
  line += '\n';
  // One write(2) for each line, so that lines of several threads do not mix. A failure to write the log is ignored.
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace os::log
