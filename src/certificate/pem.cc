#include "certificate/pem.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/text.h"
#include "certificate/content.h"
#include "certificate/formats.h"
#include "certificate/lines.h"

namespace certificate {
namespace {

/// Takes out what quoted-printable puts into base64: "=3D" for "=", and "=" at the ends of lines, of which `body` has
/// none any more. Empty if there is none of that.
base::Secret without_quoting(std::string_view body) {
  base::Secret plain;
  if (body.find("=3D") == std::string_view::npos) return plain;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '=') {
      plain.append(body.substr(i, 1));
    } else if (body.substr(i, 3) == "=3D") {
      plain.append("=");
      i += 2;
    }
  }
  return plain;
}

/// Not text, whatever it contains.
bool is_something_else(Form form) {
  return form != Form::kPem && form != Form::kText && form != Form::kBinary && form != Form::kEmpty;
}

/// One pass over the lines; the state is inside or outside a block.
class Reader {
 public:
  Reader(Part part, Source source) : part_(part), source_(source) {}

  PemText read(std::string_view text) {
    const std::string_view whole = text;
    const bool binary =
        text.find('\0') != std::string_view::npos || text.starts_with("\x1F\x8B") || text.starts_with("PK\x03\x04");
    if (binary && is_something_else(recognise(text).form)) text = {};
    std::string plain = decoded_url(text);
    if (!plain.empty()) {
      defect(1, "the content is URL-encoded (%20, %0A)",
             "decode it and store the text with real spaces and line breaks");
      text = plain;
    }
    read_lines(text);
    if (inside_ && !lost_) {
      defect(block_.line, "the PEM block that begins here has no END line", "it is truncated; copy the whole block");
      finish_if_whole();
    }
    if (result_.blocks.empty() && defects_ == 0) {
      // Then this is not text outside blocks, but something else.
      result_.findings.clear();
      const Explanation what = explain_no_pem(whole, part_, source_);
      defect(0, what.message, what.hint);
    }
    base::wipe(plain);
    if (defects_ > kMaxPemDefects) {
      Finding& last = *std::find_if(result_.findings.rbegin(), result_.findings.rend(),
                                    [](const Finding& f) { return f.severity == Severity::kError; });
      last.message = "this and " + std::to_string(defects_ - kMaxPemDefects) + " more places are damaged";
      last.hint = "copy the file again";
      result_.lost = true;
    }
    return std::move(result_);
  }

 private:
  void read_lines(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.ends_with('\r') && (!text.empty() || line_ > 1)) {
        odd(windows_, "WindowsLineEnds", "the lines have Windows line endings (CR LF)",
            "strict parsers reject them; run dos2unix");
      }
      while (line.ends_with('\r') || line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
      const MeantLines meant = meant_lines(line, inside_);
      if (!meant.message.empty() && !std::exchange(joined_, true)) defect(line_, meant.message, meant.hint);
      for (const std::string_view each : meant.lines) {
        const std::string_view piece = meant.message.empty() ? each : base::trim(each);
        if (inside_) {
          take_inside(piece);
        } else {
          take_outside(piece);
        }
      }
    }
  }

  void take_outside(std::string_view line) {
    ArmorLine armor = read_armor(line);
    switch (armor.type) {
      case ArmorLine::Type::kNone:
        if (!line.empty()) {
          odd(text_, "TextOutsideBlocks", "there is text outside the PEM blocks",
              "keep only the PEM blocks; strict parsers reject other text");
        }
        return;
      case ArmorLine::Type::kBegin:
        begin(armor.label);
        if (armor.wrong()) {
          defect(line_, armor.message, armor.hint);
          block_.odd = armor.message;
          if (!armor.label.empty()) return;  // the intended line is clear
          lose();
          // The whole text can be on this one line.
          inside_ = line.find("END") == std::string_view::npos;
        }
        return;
      case ArmorLine::Type::kEnd:
        defect(line_, "this END line has no BEGIN line", "copy the whole block, including its first line");
        result_.lost = true;
    }
  }

  void take_inside(std::string_view line) {
    ArmorLine armor = read_armor(line);
    if (armor.type == ArmorLine::Type::kEnd && (!armor.wrong() || line.find("BEGIN") == std::string_view::npos)) {
      return end(armor);
    }
    if (armor.type == ArmorLine::Type::kEnd) {
      if (!lost_) {
        defect(line_, "the END line and the next BEGIN line are on the same line", "insert a line break between them");
      }
      begin("");
      lose();
      return;
    }
    if (armor.type == ArmorLine::Type::kBegin) {
      if (!lost_) {
        defect(block_.line,
               "the PEM block that begins here has no END line before the next block begins on line " +
                   std::to_string(line_),
               "copy the whole block");
        finish_if_whole();
      }
      inside_ = false;
      return take_outside(line);
    }
    if (lost_) return;
    if (body_.empty() && !header_over_ && line.find(": ") != std::string_view::npos) {
      block_.block.headers.append(line);
      block_.block.headers += '\n';
      return;
    }
    if (line.empty() && !block_.block.headers.empty() && body_.empty()) {
      header_over_ = true;
      return;
    }
    if (!block_.block.headers.empty() && !header_over_) {
      header_over_ = true;
      defect(line_, "the empty line between the headers and the base64 of the block is missing",
             "add it; no parser can read the key without it");
    }
    if (line.empty() || line.front() == ' ' || line.front() == '\t') {
      odd(whitespace_, "PemWhitespace", "there is an indented or empty line inside a PEM block",
          "strict parsers reject it; remove the white space");
    }
    take_base64(base::trim(line));
  }

  void take_base64(std::string_view line) {
    if (bad_line_ == 0 && !std::all_of(line.begin(), line.end(), base::is_base64)) {
      bad_line_ = line_;
      placeholder_ = explain_placeholder(line);
    }
    if (!quoted_ && line.find("=3D") != std::string_view::npos) quoted_ = line_;
    body_.append(line);
  }

  void begin(const std::string& label) {
    inside_ = true;
    lost_ = false;
    header_over_ = false;
    block_ = Open{PemBlock{kind_of(label), label, line_, {}, {}}, line_, {}};
    body_ = base::Secret();
    bad_line_ = 0;
    quoted_.reset();
    placeholder_.reset();
  }

  /// The block has a defect that cannot be corrected: only its end is searched.
  void lose() {
    lost_ = true;
    result_.lost = true;
  }

  void end(const ArmorLine& armor) {
    inside_ = false;
    if (lost_) {
      if (armor.wrong()) defect(line_, armor.message, armor.hint);
      return;
    }
    // The same oddity of the BEGIN and the END line is reported once.
    const bool told = !block_.odd.empty() && armor.wrong();
    if (armor.wrong() && !told) defect(line_, armor.message, armor.hint);
    if (armor.label == block_.block.label || (armor.wrong() && armor.label.empty())) return finish();
    if (block_.odd.empty()) {
      defect(line_, "the END line does not match the PEM block that begins on line " + std::to_string(block_.line),
             "copy both blocks again, completely");
    }
    finish_if_whole();
  }

  void finish() {
    const std::string begins = std::to_string(block_.line);
    if (bad_line_ != 0) {
      result_.lost = true;
      if (placeholder_) return defect(bad_line_, placeholder_->message, placeholder_->hint);
      return defect(bad_line_, "there is a character that is not base64 in the PEM block that begins on line " + begins,
                    "copy the block again");
    }
    if (body_.empty()) {
      result_.lost = true;
      return defect(block_.line, "the PEM block that begins here is empty", "copy the whole block");
    }
    if (quoted_) {
      defect(*quoted_,
             "the PEM block that begins on line " + begins + " is quoted-printable, as in the source of an email",
             "save the attachment itself, or replace =3D with =");
      body_ = without_quoting(body_.view());
    }
    auto der = base::base64_decode_secret(body_.view());
    if (!der) {
      result_.lost = true;
      return defect(line_, "the base64 of the PEM block that begins on line " + begins + " is broken before this line",
                    "there are missing or extra characters; copy the block again");
    }
    keep(std::move(*der));
  }

  /// For a block whose end is uncertain: it is used if it is complete.
  void finish_if_whole() {
    auto der = bad_line_ == 0 ? base::base64_decode_secret(body_.view()) : std::nullopt;
    if (der && is_whole_der(der->view())) {
      keep(std::move(*der));
    } else {
      result_.lost = true;
    }
  }

  void keep(base::Secret der) {
    block_.block.der = std::move(der);
    result_.blocks.push_back(std::move(block_.block));
  }

  void defect(std::size_t line, std::string message, std::string hint) {
    if (++defects_ > kMaxPemDefects) return;
    result_.findings.push_back({Severity::kError, part_, unreadable(part_), line, std::move(message), std::move(hint)});
  }

  /// Adds a warning for the first occurrence of its kind.
  void odd(bool& seen, const char* reason, const char* message, const char* hint) {
    if (std::exchange(seen, true)) return;
    result_.findings.push_back({Severity::kWarning, part_, reason, line_, message, hint});
  }

  struct Open {
    PemBlock block;
    std::size_t line = 0;
    std::string odd;  ///< what is wrong with the BEGIN line of the block
  };

  const Part part_;
  const Source source_;
  PemText result_;
  std::size_t defects_ = 0;
  std::size_t line_ = 0;
  bool windows_ = false;
  bool whitespace_ = false;
  bool text_ = false;
  bool joined_ = false;  ///< lost line breaks were already reported
  bool inside_ = false;
  bool lost_ = false;  ///< the block already has a defect: only its end is searched
  bool header_over_ = false;
  Open block_;
  base::Secret body_;
  std::size_t bad_line_ = 0;
  std::optional<std::size_t> quoted_;       ///< the first line that looks quoted-printable
  std::optional<Explanation> placeholder_;  ///< what is wrong with the first bad line
};

}  // namespace

PemText read_pem(std::string_view text, Part part, Source source) {
  return Reader(part, source).read(text);
}

}  // namespace certificate
