#include "simulator/faults.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "json/writer.h"
#include "simulator/behaviour.h"

namespace simulator {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::pair<Fault::Action, std::string_view>, 6> kActions = {{
    {Fault::Action::kStatus, "status"},
    {Fault::Action::kDelay, "delay"},
    {Fault::Action::kDropBefore, "drop_before"},
    {Fault::Action::kDropAfter, "drop_after"},
    {Fault::Action::kPartialBody, "partial_body"},
    {Fault::Action::kLateCommit, "late_commit"},
}};

base::Result<void, std::string> read(Fault& fault, std::string_view key, json::Value value) {
  const auto wrong = [&](std::string_view expected) {
    return base::Err(std::string(key) + " must be " + std::string(expected));
  };
  if (key == "call") {
    const std::string_view name = value.string().value_or("");
    fault.call = call_named(name);
    if (!fault.call && name != "any") return wrong("any or the name of a call");
  } else if (key == "nth") {
    const auto nth = value.integer();
    if (!nth || *nth < 1 || *nth > 1'000'000) return wrong("1 to 1000000");
    fault.nth = static_cast<int>(*nth);
  } else if (key == "action") {
    const auto found =
        std::find_if(kActions.begin(), kActions.end(), [&](const auto& a) { return value.string() == a.second; });
    if (found == kActions.end()) {
      return wrong("status, delay, drop_before, drop_after, partial_body or late_commit");
    }
    fault.action = found->first;
  } else if (key == "after") {
    if (!value.boolean()) return wrong("true or false");
    fault.after = *value.boolean();
  } else if (key == "delay_ms") {
    const auto ms = value.integer();
    if (!ms || *ms < 0 || *ms > 3'600'000) return wrong("0 to 3600000");
    fault.delay = milliseconds(*ms);
  } else {
    return update(fault.answer, key, value);
  }
  return {};
}

}  // namespace

void Faults::add(std::vector<Fault> faults) {
  std::move(faults.begin(), faults.end(), std::back_inserter(pending_));
}

std::optional<Fault> Faults::take(Call call) {
  auto due = pending_.end();
  for (auto fault = pending_.begin(); fault != pending_.end(); ++fault) {
    if (fault->call && *fault->call != call) continue;
    if (--fault->nth <= 0 && due == pending_.end()) due = fault;
  }
  if (due == pending_.end()) return std::nullopt;
  Fault fault = std::move(*due);
  pending_.erase(due);
  return fault;
}

base::Result<std::vector<Fault>, std::string> parse_faults(json::Value list) {
  if (!list.is_array()) return base::Err(std::string("a list of faults is expected"));
  std::vector<Fault> faults;
  for (const json::Value item : list.items()) {
    if (!item["call"] || !item["action"]) return base::Err(std::string("a fault needs call and action"));
    Fault fault;
    for (const auto& [key, value] : item.members()) {
      if (auto r = read(fault, key, value); !r) return base::Err(r.error());
    }
    faults.push_back(std::move(fault));
  }
  return faults;
}

std::string to_json(const std::vector<Fault>& faults) {
  json::Writer w;
  w.begin_array();
  for (const Fault& fault : faults) {
    const auto action =
        std::find_if(kActions.begin(), kActions.end(), [&](const auto& a) { return a.first == fault.action; });
    w.begin_object()
        .member("call", fault.call ? name_of(*fault.call) : "any")
        .member("nth", fault.nth)
        .member("action", action->second)
        .end_object();
  }
  return w.end_array().take();
}

}  // namespace simulator
