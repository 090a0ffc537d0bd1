#include "controller/turns.h"

#include <algorithm>
#include <tuple>

namespace controller {
namespace {

template <class Key>
base::BootTime last(const std::map<Key, base::BootTime>& turns, const Key& who) {
  const auto it = turns.find(who);
  return it == turns.end() ? base::BootTime::min() : it->second;
}

}  // namespace

std::vector<std::size_t> Turns::order(const std::vector<Entry>& entries) const {
  std::map<std::string, std::vector<std::size_t>> of_namespace;
  for (std::size_t i = 0; i < entries.size(); ++i) of_namespace[entries[i].ns].push_back(i);
  // In rounds: the first of each namespace, the second of each.
  std::vector<std::tuple<std::size_t, base::BootTime, std::size_t>> places;
  for (auto& [ns, own] : of_namespace) {
    std::stable_sort(own.begin(), own.end(), [&](std::size_t a, std::size_t b) {
      return last(objects_, entries[a].uid) < last(objects_, entries[b].uid);
    });
    for (std::size_t round = 0; round < own.size(); ++round) {
      places.emplace_back(round, last(namespaces_, ns), own[round]);
    }
  }
  std::sort(places.begin(), places.end());
  std::vector<std::size_t> order;
  order.reserve(places.size());
  for (const auto& place : places) order.push_back(std::get<2>(place));
  return order;
}

void Turns::had(const Entry& entry, base::BootTime now) {
  objects_[entry.uid] = now;
  namespaces_[entry.ns] = now;
}

void Turns::keep(const std::set<meta::Uid>& uids) {
  std::erase_if(objects_, [&](const auto& turn) { return !uids.contains(turn.first); });
  if (objects_.empty()) namespaces_.clear();
}

}  // namespace controller
