#include "controller/chain_reader.h"

#include <algorithm>

namespace controller {
namespace {

constexpr int kThreads = 2;
/// How long a response is kept that no caller has fetched.
constexpr base::Duration kKept = std::chrono::minutes(15);

}  // namespace

ChainReader::ChainReader(os::Clock& clock) : clock_(clock) {
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

ChainReader::~ChainReader() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

std::optional<ChainReader::Shown> ChainReader::show(const std::shared_ptr<iotda::Platform>& platform,
                                                    const iotda::CertificateId& id, base::BootTime until,
                                                    std::stop_token stop) {
  const Question question{platform, id};
  const os::MutexLock lock(mutex_);
  std::erase_if(asked_, [&](const auto& entry) {
    return !entry.second.under_way && entry.second.since + kKept < clock_.boot_now();
  });
  if (asked_.try_emplace(question, Asked{false, std::nullopt, clock_.boot_now()}).second) changed_.notify_all();
  while (!asked_.at(question).answer) {
    if (stop.stop_requested() || clock_.boot_now() >= until) return std::nullopt;
    clock_.wait_until(mutex_, changed_, until, stop);
  }
  std::optional<Shown> answer = std::move(asked_.at(question).answer);
  asked_.erase(question);
  return answer;
}

/// The oldest question to a platform to which no request is in progress, so that a slow one uses only one thread.
std::optional<ChainReader::Question> ChainReader::next() {
  std::optional<Question> oldest;
  for (const auto& entry : asked_) {
    const auto& [question, asked] = entry;
    if (asked.under_way || asked.answer) continue;
    const bool busy = std::any_of(asked_.begin(), asked_.end(), [&](const auto& other) {
      return other.first.first == entry.first.first && other.second.under_way;
    });
    if (!busy && (!oldest || asked.since < asked_.at(*oldest).since)) oldest = question;
  }
  return oldest;
}

void ChainReader::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<Question> question;
    {
      const os::MutexLock lock(mutex_);
      while (!(question = next())) {
        if (stop.stop_requested()) return;
        clock_.wait_until(mutex_, changed_, base::BootTime::max(), stop);
      }
      asked_.at(*question).under_way = true;
    }
    Shown answer = question->first->show(question->second, stop);
    const os::MutexLock lock(mutex_);
    Asked& asked = asked_.at(*question);
    asked.under_way = false;
    asked.answer = std::move(answer);
    asked.since = clock_.boot_now();
    changed_.notify_all();
  }
}

}  // namespace controller
