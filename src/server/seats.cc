#include "server/seats.h"

#include <algorithm>
#include <utility>

namespace server {

Seats::Id Seats::take(const std::string& address, std::function<void()> end) {
  std::function<void()> end_other;
  Id id = 0;
  {
    const os::MutexLock lock(mutex_);
    if (is_full_for(address)) {
      const std::string from = crowd(address);
      const auto longest =
          std::find_if(order_.begin(), order_.end(), [&](const Seat& seat) { return seat.address == from; });
      end_other = remove(longest).end;
    }
    id = ++last_;
    order_.push_back({id, address, std::move(end)});
    by_id_[id] = std::prev(order_.end());
    ++of_address_[address];
  }
  if (end_other) end_other();
  return id;
}

void Seats::refresh(Id id) {
  const os::MutexLock lock(mutex_);
  if (const auto found = by_id_.find(id); found != by_id_.end()) order_.splice(order_.end(), order_, found->second);
}

void Seats::leave(Id id) {
  const os::MutexLock lock(mutex_);
  if (const auto found = by_id_.find(id); found != by_id_.end()) remove(found->second);
}

bool Seats::is_full_for(const std::string& address) {
  const auto same = of_address_.find(address);
  return order_.size() >= seats_ || (same != of_address_.end() && same->second >= seats_ / 2);
}

/// The address that must give up a connection when there is no free seat for `address`.
std::string Seats::crowd(const std::string& newcomer) {
  if (order_.size() < seats_) return newcomer;
  return std::max_element(of_address_.begin(), of_address_.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

Seats::Seat Seats::remove(Order::iterator seat) {
  Seat removed = std::move(*seat);
  by_id_.erase(removed.id);
  order_.erase(seat);
  if (const auto same = of_address_.find(removed.address); --same->second == 0) of_address_.erase(same);
  return removed;
}

}  // namespace server
