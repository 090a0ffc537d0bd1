#include "overview/text.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/time_format.h"
#include "overview/page.h"

namespace overview {
namespace {

constexpr std::size_t kMark = 5;       // columns before a name
constexpr std::size_t kLongName = 24;  // longer ones get a line of their own
constexpr std::size_t kExpires = 17;

Colour colour_of(const Health& health) {
  if (health.state == State::kNeedsAction) return Colour::kRed;
  if (health.state == State::kWorking) return Colour::kYellow;
  return health.state == State::kReady ? Colour::kGreen : Colour::kDim;
}

Colour colour_of(const Lifetime& lifetime, bool renewal_pending) {
  if (!lifetime.left_percent) return Colour::kNone;
  if (*lifetime.left_percent < 10) return Colour::kRed;
  return *lifetime.left_percent < 33 && !renewal_pending ? Colour::kYellow : Colour::kGreen;
}

/// "QuotaExceeded for 3 h".
std::string reason_of(const Page& page, const Health& health) {
  const std::string age = page.distance(health.since);
  return health.reason + (age.empty() ? "" : " for " + age);
}

/// "Ready", "NOT READY · CredentialsRejected for 12 min".
std::string headline(const Page& page, const Health& health) {
  if (health.state == State::kReady) return page.paint(Colour::kGreen, "Ready");
  return page.paint(colour_of(health), health.ready ? "Ready" : "NOT READY") + page.symbol(" · ", " - ") +
         page.clean(reason_of(page, health));
}

std::string bar(const Page& page, const Lifetime& lifetime, bool renewal_pending) {
  const std::size_t size = page.width() < 100 ? 10 : 20;
  if (!lifetime.left_percent) return std::string(size, ' ');
  const std::size_t full = (static_cast<std::size_t>(*lifetime.left_percent) * size + 99) / 100;
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += i < full ? page.symbol("█", "#") : page.symbol("░", ".");
  return page.paint(colour_of(lifetime, renewal_pending), text);
}

/// What stands behind the bar of a slot.
std::string note_of(const Page& page, const Slot& slot) {
  std::string note;
  if (slot.state == "Active") {
    for (const std::string& domain : slot.domains) note += (note.empty() ? "serves " : ", ") + domain;
  } else if (slot.state != kForeign && slot.state != kFree) {
    const std::string age = page.distance(slot.since);
    note = slot.state + (age.empty() ? "" : " for " + age);
  }
  if (!slot.reserved_for.name.empty()) {
    note += (note.empty() ? "" : ", ") + ("reserved for " + slot.reserved_for.to_string());
  }
  return note;
}

/// A mark, a name, a bar and a note, in one line where there is room.
void entry(Page& page, const std::string& mark, const std::string& name, std::size_t name_columns,
           const Lifetime& lifetime, bool renewal_pending, const std::string& note) {
  const std::string shown = page.clean(name);
  std::string lead = "  " + page.paint(Colour::kNone, mark, kMark - 2) + page.paint(Colour::kNone, shown, name_columns);
  const std::string expires = page.expires(lifetime.expiry);
  const std::string clean_note = page.clean(note);
  if (expires.empty() && note.empty()) return page.line(lead.substr(0, lead.find_last_not_of(' ') + 1));
  if (Page::columns(shown) > name_columns) {
    page.line(lead);
    lead = std::string(kMark + name_columns, ' ');
  }
  std::size_t columns = kMark + name_columns + 2;
  lead += "  ";
  if (!expires.empty()) {
    lead += bar(page, lifetime, renewal_pending) + "  ";
    columns += (page.width() < 100 ? 12U : 22U);
    if (note.empty()) return page.line(lead + expires);
    lead += page.paint(Colour::kNone, expires, kExpires);
    columns += kExpires;
  }
  if (columns + Page::columns(clean_note) <= page.width()) return page.line(lead + clean_note);
  page.line(lead.substr(0, lead.find_last_not_of(' ') + 1));
  page.paragraph(std::string(kMark + 2, ' '), kMark + 2, note, Colour::kNone);
}

std::string name_of(const Slot& slot) {
  if (slot.state == kFree) return "free";
  if (slot.state != kForeign) return slot.owner.name.empty() ? "(unknown)" : slot.owner.to_string();
  return "foreign " + (slot.common_name.empty() ? slot.certificate_id : slot.common_name);
}

std::size_t name_columns(const Page& page, const std::vector<std::string>& names) {
  std::size_t most = 0;
  const std::size_t limit = page.width() < 100 ? kLongName : 2 * kLongName;
  for (const std::string& name : names) {
    const std::size_t columns = Page::columns(page.clean(name));
    if (columns <= limit) most = std::max(most, columns);
  }
  return std::max(most, std::size_t{8});
}

/// The last request that the platform rejected, and when the next one is sent.
std::string trouble(const Page& page, const std::optional<resources::LastError>& error, const std::string& next) {
  std::string text;
  if (error && !error->error_code.empty()) text += "error code " + error->error_code;
  if (error && !error->request_id.empty()) text += (text.empty() ? "" : ", ") + ("request id " + error->request_id);
  const std::string until = page.distance(next);
  if (!until.empty()) text += (text.empty() ? "" : ", ") + ("next attempt in " + until);
  return text;
}

void show(Page& page, const Certificate& c) {
  const std::string lead =
      "  " + page.paint(colour_of(c.health), page.symbol("…", "."), kMark - 2) + page.clean(c.name.to_string());
  page.line(lead + "  " + page.paint(colour_of(c.health), page.clean(reason_of(page, c.health))));
  page.paragraph(std::string(kMark, ' '), kMark, c.health.message, Colour::kNone);
}

/// Certificates of an instance that need words.
void show_troubled(Page& page, const Overview& overview, const std::string& instance) {
  for (const Certificate& c : overview.certificates) {
    if (c.instance == instance && (c.health.state != State::kReady || !c.health.ready)) show(page, c);
  }
}

void show(Page& page, const Overview& overview, const Instance& i) {
  const std::string dot = page.symbol(" · ", " - ");
  std::string head = "INSTANCE " + page.clean(i.name) + dot + headline(page, i.health);
  if (i.used) head += dot + std::to_string(*i.used) + "/" + std::to_string(i.limit) + " slots";
  if (!i.waiting.empty()) head += dot + std::to_string(i.waiting.size()) + " waiting";
  page.line(head);
  if (i.health.state != State::kReady) {
    page.paragraph("  ", 2, i.health.message, Colour::kNone);
    if (const std::string more = trouble(page, i.last_error, i.next_attempt); !more.empty()) {
      page.paragraph("  ", 2, more, Colour::kNone);
    }
    page.advice(2, i.advice);
  }
  std::vector<std::string> names;
  names.reserve(i.slots.size());
  for (const Slot& slot : i.slots) names.push_back(name_of(slot));
  const std::size_t columns = name_columns(page, names);
  for (std::size_t n = 0; n < i.slots.size(); ++n) {
    const Slot& slot = i.slots[n];
    entry(page, std::to_string(n + 1), names[n], columns, slot.lifetime, slot.renewal_pending, note_of(page, slot));
  }
  show_troubled(page, overview, i.name);
}

/// Certificates whose instance is not there, or could not be read.
void show_others(Page& page, const Overview& overview, bool first) {
  std::set<std::string> names;
  for (const Certificate& c : overview.certificates) names.insert(c.instance);
  for (const Instance& i : overview.instances) names.erase(i.name);
  for (const std::string& instance : names) {
    if (!first) page.line("");
    first = false;
    page.line("INSTANCE " + page.clean(instance) + page.symbol(" · ", " - ") +
              (overview.unread.empty() ? "not found" : "not read"));
    std::vector<std::string> shown;
    for (const Certificate& c : overview.certificates) {
      if (c.instance == instance) shown.push_back(c.name.to_string());
    }
    const std::size_t columns = name_columns(page, shown);
    for (const Certificate& c : overview.certificates) {
      if (c.instance != instance || c.health.state != State::kReady) continue;
      entry(page, page.symbol("✔", "+"), c.name.to_string(), columns, c.lifetime, !c.pending_fingerprint.empty(),
            c.domain.empty() || !c.available ? "" : "serves " + c.domain);
    }
    show_troubled(page, overview, instance);
  }
}

std::pair<std::string, Colour> mark_of(const Page& page, StepState state) {
  switch (state) {
    case StepState::kDone:
      return {page.symbol("✔", "+"), Colour::kGreen};
    case StepState::kFailed:
      return {page.symbol("✘", "x"), Colour::kRed};
    case StepState::kWaiting:
      return {page.symbol("·", "."), Colour::kYellow};
    case StepState::kNotWanted:
      return {"-", Colour::kDim};
  }
  return {"", Colour::kNone};
}

}  // namespace

std::string to_text(const Overview& overview, const TextStyle& style) {
  Page page(style, overview.time);
  bool first = true;
  for (const Instance& instance : overview.instances) {
    if (!first) page.line("");
    first = false;
    show(page, overview, instance);
  }
  show_others(page, overview, first);
  if (overview.instances.empty() && overview.certificates.empty()) {
    page.line("no IoTDAInstances and no ServerCertificates found");
  }
  return page.take();
}

std::string to_text(const Overview& overview, const Certificate& c, const TextStyle& style) {
  Page page(style, overview.time);
  const std::string dot = page.symbol(" · ", " - ");
  std::string head = page.clean(c.name.to_string()) + dot + headline(page, c.health);
  if (c.available && !c.lifetime.expiry.empty()) head += dot + page.expires(c.lifetime.expiry);
  page.line(head);
  constexpr std::size_t kText = 12;
  const std::string indent(kText, ' ');
  for (const Step& step : c.story) {
    const auto [mark, colour] = mark_of(page, step.state);
    const std::string lead =
        "  " + page.paint(colour, mark, 2) + page.paint(Colour::kNone, std::string(to_string(step.kind)), 8);
    page.paragraph(lead, kText, step.text, Colour::kNone);
    if (step.state != StepState::kFailed) continue;
    if (const std::string more = trouble(page, c.last_error, c.next_attempt); !more.empty()) {
      page.paragraph(indent, kText, more, Colour::kNone);
    }
    page.advice(kText, step.advice);
  }
  for (std::size_t n = 0; n < c.events.size() && n < 10; ++n) {
    const Event& event = c.events[n];
    std::string age = page.distance(base::to_rfc3339(event.time)) + " ago";
    const std::string count = event.count > 1 ? " (" + std::to_string(event.count) + " times)" : "";
    page.paragraph(n == 0 ? "  events    " : indent, kText,
                   age.append("  ").append(event.reason + count + ": " + event.note),
                   event.warning ? Colour::kYellow : Colour::kNone);
  }
  return page.take();
}

}  // namespace overview
