#include "validate/yaml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/secret.h"
#include "base/text.h"
#include "validate/characters.h"
#include "validate/json_text.h"

namespace validate {
namespace {

using Type = YamlNode::Type;

constexpr std::size_t kMaxSize = 1'000'000;

/// Stops the parser; caught in parse_yaml, like the exceptions of yaml-cpp.
struct Stop {
  YamlError error;
};

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool all_digits(std::string_view s) {
  return base::consists_of(s, [](char c) { return base::is_digit(c) || c == '_'; });
}

bool is_integer(std::string_view s) {
  if (s.starts_with('-') || s.starts_with('+')) s.remove_prefix(1);
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kBases{
      {{"0x", "0123456789abcdefABCDEF_"}, {"0o", "01234567_"}, {"0b", "01_"}}};
  for (const auto& [prefix, digits] : kBases) {
    if (!s.starts_with(prefix)) continue;
    s.remove_prefix(prefix.size());
    return !s.empty() && s.find_first_not_of(digits) == std::string_view::npos;
  }
  return all_digits(s) && s.front() != '_';
}

bool is_number(std::string_view s) {
  if (s.starts_with('-') || s.starts_with('+')) s.remove_prefix(1);
  if (one_of(s, {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"})) return true;
  const std::size_t exponent = std::min(s.find_first_of("eE"), s.size());
  if (exponent < s.size()) {
    std::string_view power = s.substr(exponent + 1);
    if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
    if (!all_digits(power)) return false;
  }
  s = s.substr(0, exponent);
  const std::size_t point = std::min(s.find('.'), s.size());
  const std::string_view whole = s.substr(0, point);
  const std::string_view part = point < s.size() ? s.substr(point + 1) : std::string_view();
  if (whole.empty() && part.empty()) return false;
  return (whole.empty() || all_digits(whole)) && (part.empty() || all_digits(part)) &&
         (point < s.size() || exponent != std::string_view::npos);
}

/// The type of a scalar without quotes and tag.
Type type_of(const std::string& s) {
  if (one_of(s, {"", "~", "null", "Null", "NULL"})) return Type::kNull;
  if (one_of(s, {"true",  "True",  "TRUE",  "yes", "Yes", "YES", "on",  "On",  "ON",  "y", "Y",
                 "false", "False", "FALSE", "no",  "No",  "NO",  "off", "Off", "OFF", "n", "N"})) {
    return Type::kBoolean;
  }
  if (is_integer(s)) return Type::kInteger;
  return is_number(s) ? Type::kNumber : Type::kString;
}

/// Builds the nodes of one document.
class Builder final : public YAML::EventHandler {
 public:
  Builder(const std::string& text, std::size_t first_line) : text_(text), first_line_(first_line) {}

  YamlPointer take() { return std::move(root_); }
  const YAML::Mark& begin() const { return begin_; }

  void OnDocumentStart(const YAML::Mark& mark) override { begin_ = mark; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { finish(node(mark, Type::kNull), anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Stop{{line(mark), "an alias is used inside the value that it refers to"}};
    place(found->second, line(mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto scalar = node(mark, tag == "?" ? type_of(value) : type_by(tag, value));
    scalar->text = value;
    if (tag == "tag:yaml.org,2002:binary") decode_binary(*scalar);
    const auto at = static_cast<std::size_t>(std::max(0, mark.pos));
    if (at < text_.size() && text_[at] == '|' && !scalar->binary) scalar->text_line = scalar->line;
    finish(std::move(scalar), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open_.push_back({node(mark, Type::kSequence), anchor, {}});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open_.push_back({node(mark, Type::kMap), anchor, {}});
  }
  void OnMapEnd() override {
    merge(*open_.back().node);
    close();
  }

 private:
  struct Open {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor;
    std::optional<YamlNode::Member> key;  // key of a map without its value yet
  };

  std::size_t line(const YAML::Mark& mark) const {
    return first_line_ + static_cast<std::size_t>(std::max(0, mark.line));
  }

  std::shared_ptr<YamlNode> node(const YAML::Mark& mark, Type type) const {
    auto made = std::make_shared<YamlNode>();
    made->type = type;
    made->line = line(mark);
    return made;
  }

  static void decode_binary(YamlNode& scalar) {
    std::erase_if(scalar.text, [](char c) { return c == '\n' || c == '\r'; });
    auto bytes = base::base64_decode(scalar.text);
    if (!bytes) throw Stop{{scalar.line, "a value with the tag !!binary is not base64"}};
    scalar.text = std::move(*bytes);
    scalar.type = Type::kString;
    scalar.binary = true;
  }

  static Type type_by(const std::string& tag, const std::string& value) {
    if (tag == "tag:yaml.org,2002:str" || tag == "!") return Type::kString;
    return tag.starts_with("tag:yaml.org,2002:") ? type_of(value) : Type::kString;
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    finish(std::move(done.node), done.anchor);
  }

  void finish(std::shared_ptr<YamlNode> made, YAML::anchor_t anchor) {
    const YamlPointer shared = std::move(made);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = shared;
    place(shared, shared->line);
  }

  /// Adds the value to the open collection, or makes it the root.
  void place(const YamlPointer& value, std::size_t at) {
    if (open_.empty()) {
      root_ = value;
      return;
    }
    Open& parent = open_.back();
    if (parent.node->type == Type::kMap && !parent.key) {
      if (value->type == Type::kMap || value->type == Type::kSequence) {
        throw Stop{{at, "a key is not plain text; it may be a template that has not been rendered"}};
      }
      // Kubernetes converts YAML to JSON, where a key is a string.
      std::string key = value->type != Type::kBoolean ? value->text : value->is_true() ? "true" : "false";
      const YamlNode::Member* before = key == "<<" ? nullptr : parent.node->find(key);
      if (before != nullptr) {
        throw Stop{{at, "the key on this line is a duplicate of the key on line " + std::to_string(before->line)}};
      }
      parent.key = YamlNode::Member{std::move(key), at, nullptr};
      return;
    }
    parent.node->size += value->size;
    if (parent.node->size > kMaxSize) throw Stop{{at, "the document is too large, or its aliases expand to too much"}};
    if (parent.node->type == Type::kSequence) {
      parent.node->items.push_back(value);
    } else {
      parent.key->value = value;
      parent.node->members.push_back(std::move(*parent.key));
      parent.key.reset();
    }
  }

  /// "<<": adds the members of another map, or of several, whose names do not exist yet.
  static void merge(YamlNode& map) {
    const auto found =
        std::find_if(map.members.begin(), map.members.end(), [](const auto& m) { return m.key == "<<"; });
    if (found == map.members.end()) return;
    const YamlPointer source = found->value;
    map.members.erase(found);
    const auto from = [&](const YamlNode& other) {
      for (const YamlNode::Member& member : other.members) {
        if (map.find(member.key) == nullptr) map.members.push_back(member);
      }
    };
    from(*source);
    for (const YamlPointer& each : source->items) from(*each);
  }

  const std::string& text_;
  const std::size_t first_line_;
  YAML::Mark begin_ = YAML::Mark::null_mark();
  YamlPointer root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlPointer> anchors_;
};

/// Messages of yaml-cpp that quote the text do so after a colon.
std::string without_content(const std::string& message) {
  return "not YAML: " + message.substr(0, message.find(':'));
}

}  // namespace

const YamlNode::Member* YamlNode::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

const YamlNode& YamlNode::operator[](std::string_view key) const {
  static const YamlNode kNone;
  const Member* member = find(key);
  return member != nullptr ? *member->value : kNone;
}

bool YamlNode::is_true() const {
  return type == Type::kBoolean && (text.front() == 't' || text.front() == 'T' || text.front() == 'y' ||
                                    text.front() == 'Y' || one_of(text, {"on", "On", "ON"}));
}

std::int64_t YamlNode::integer() const {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string YamlNode::string_or(std::string_view otherwise) const {
  return std::string(is_string() ? text : otherwise);
}

namespace {

base::Result<std::vector<YamlPointer>, YamlError> parse_lines(const std::string& text, std::size_t first_line) {
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    std::vector<YamlPointer> roots;
    for (int last = -1;;) {
      Builder builder(text, first_line);
      if (!parser.HandleNextDocument(builder)) return roots;
      const std::size_t line = first_line + static_cast<std::size_t>(std::max(0, builder.begin().line));
      // yaml-cpp loops forever if a document starts with a comma.
      if (const int begin = builder.begin().pos; std::exchange(last, begin) >= begin) {
        return base::Err(YamlError{line, "not YAML: a document cannot begin like this"});
      }
      YamlPointer root = builder.take();
      if (!root || root->is_null()) continue;
      if (!roots.empty()) {
        return base::Err(YamlError{
            line, "kubectl ignores the content after the first document here; separate documents with a line ---"});
      }
      roots.push_back(std::move(root));
    }
  } catch (const YAML::Exception& error) {
    const std::size_t offset = error.mark.is_null() ? 0 : static_cast<std::size_t>(std::max(0, error.mark.line));
    return base::Err(YamlError{first_line + offset, without_content(error.msg)});
  } catch (const Stop& stop) {
    return base::Err(stop.error);
  }
}

/// Reports lines without indentation that kubectl rejects, because it splits documents at lines before it parses YAML.
std::optional<YamlError> wrong_line(std::string_view text) {
  bool begun = false;  // there was something other than comments
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view all = text.substr(0, text.find('\n'));
    const std::string_view content = base::trim(all);
    if (all.starts_with("---")) {
      const std::string_view rest = base::trim(all.substr(3));
      if (rest.starts_with("--BEGIN ") || rest.starts_with("--END ")) {
        return YamlError{line, "not YAML: a PEM text is not indented; indent it further than its key"};
      }
      if (!rest.empty() && rest.front() != '#') {
        return YamlError{
            line, "not YAML as kubectl reads it: there is text after --- on the same line; move it to the next line"};
      }
      begun = true;
    } else if (!begun && all.starts_with('%')) {
      return YamlError{line, "not YAML as kubectl reads it: there is a directive (%YAML, %TAG); remove it"};
    } else if (!content.empty() && content.front() != '#') {
      begun = true;
    }
    text.remove_prefix(std::min(all.size() + 1, text.size()));
  }
  return std::nullopt;
}

/// A better message for a text that is not YAML, if its actual format is clear.
std::string better_message(const std::string& text, std::string message) {
  const auto pair = [&](const char* open, const char* close) {
    const std::size_t at = text.find(open);
    return at != std::string::npos && text.find(close, at) != std::string::npos;
  };
  if (pair("{{", "}}") || pair("{%", "%}") || pair("<%", "%>")) {
    return "a template that has not been rendered; render it first (helm template): " + message;
  }
  if (text.find("\n<<<<<<< ") != std::string::npos || text.starts_with("<<<<<<< ")) {
    return "an unresolved merge conflict; resolve it first: " + message;
  }
  return message;
}

}  // namespace

base::Result<std::vector<YamlPointer>, YamlError> parse_yaml(const std::string& text, std::size_t first_line) {
  if (auto wrong = wrong_character(text)) {
    wrong->line += first_line - 1;
    return base::Err(std::move(*wrong));
  }
  std::string_view content = text;
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  const std::size_t begin = content.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && content[begin] == '{') {
    if (auto roots = parse_json(content, first_line)) return std::move(*roots);
  }
  if (auto wrong = wrong_line(content)) {
    wrong->line += first_line - 1;
    return base::Err(std::move(*wrong));
  }
  // A single carriage return also ends a line.
  const bool old_breaks = content.find('\n') == std::string_view::npos && content.find('\r') != std::string_view::npos;
  std::string lines = old_breaks ? text : std::string();
  std::replace(lines.begin(), lines.end(), '\r', '\n');
  auto parsed = parse_lines(old_breaks ? lines : text, first_line);
  base::wipe(lines);
  if (parsed.ok()) return parsed;
  return base::Err(YamlError{parsed.error().line, better_message(text, parsed.error().message)});
}

}  // namespace validate
