#include "world.h"

#include <algorithm>
#include <array>

#include "seeded_random.h"
#include "violation.h"

namespace simulation {

std::string to_string(const Setup& setup) {
  static constexpr std::array<const char*, 5> kSpellings{"as sent", "with carriage returns", "with escaped line breaks",
                                                         "with blanks", "empty"};
  const auto s = [](base::Duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()) + " ms";
  };
  const CloudVariant& cloud = setup.cloud;
  return std::to_string(setup.processes) + " processes, quota " + std::to_string(setup.quota) + " of " +
         std::to_string(cloud.quota) + ", of domains " + std::to_string(setup.domain_quota) + " of " +
         std::to_string(cloud.domain_quota) + ", a call takes " + s(cloud.latency) + ", of the API server " +
         s(setup.api_latency) + ", lists lag " + s(cloud.list_lag) + ", of domains " + s(cloud.domain_list_lag) +
         ", show lags " + s(cloud.show_lag) + ", PEM " + kSpellings.at(static_cast<std::size_t>(cloud.spelling)) +
         (setup.pruned.empty() ? "" : ", without status." + setup.pruned);
}

World::World(const Setup& with, Director& decides, Story& tells) : setup(with), story(tells), director(&decides) {
  seed_random(1);
  story.set_clock(&clock);
  cloud.variant = setup.cloud;
  cloud.domains.quota = setup.cloud.domain_quota;
  cloud.domains.list_lag = setup.cloud.domain_list_lag;
  timing.resync = setup.resync;
  cluster.observe([this](const auto* before, const auto* now) { referee.instance_changed(before, now); },
                  [this](const auto* before, const auto* now) { referee.certificate_changed(before, now); });
  user.create_instance();
  for (int i = 0; i < setup.processes; ++i) {
    processes.push_back(std::make_unique<Process>(*this, i));
    processes.back()->start();
  }
  elect();
}

void World::settle_platform() {
  cloud.domains.step = story.steps();
  const auto next = cloud.next_arrival();
  if (!next || clock.boot_now() < *next) return;
  effect([&] { cloud.settle(); });
}

void World::written_by(Process& process) {
  settle_platform();
  referee.set_writer(&process);
  cluster.sync();
  if (second_writer) user.contradict();
}

void World::changed_by_user() {
  referee.set_writer(nullptr);
  cluster.sync();
}

void World::advance(base::Duration d) {
  for (const auto& process : processes) {
    if (const auto patience = process->patience()) d = std::min(d, *patience);
  }
  std::vector<Process*> renewing;
  for (const auto& process : processes) {
    const bool connected = !process->frozen && !process->cut_off;
    if (connected && lease.held_by(process->index()) && process->leading()) renewing.push_back(process.get());
  }
  // What arrives meanwhile does so in its time.
  const base::BootTime end = clock.boot_now() + d;
  for (auto next = cloud.next_arrival(); next && *next < end; next = cloud.next_arrival()) {
    if (*next > clock.boot_now()) clock.advance(*next - clock.boot_now());
    settle_platform();
  }
  clock.advance(end - clock.boot_now());
  settle_platform();
  for (Process* process : renewing) {
    process->renew();
    lease.renewed(clock.boot_now());
  }
  elect();
}

void World::elect() {
  if (!setup.election) return;
  for (const auto& process : processes) {
    if (process->frozen) continue;
    if (process->deposed()) {
      // A run under way ends by itself at its next look at the Lease.
      if (!process->running()) {
        story.tell([&] { return process->name() + " has lost the Lease, ends and starts anew"; });
        process->start();
      }
      continue;
    }
    if (process->leading() || process->cut_off) continue;
    if (lease.acquire(process->index(), clock.boot_now())) {
      process->renew();
      story.tell([&] { return process->name() + " has the Lease"; });
    }
  }
}

bool World::catch_up() {
  for (const auto& process : processes) {
    for (const Kind kind : kKinds) {
      if (process->backlog(kind) == 0) continue;
      process->deliver(kind);
      return true;
    }
    if (process->ready()) {
      process->work();
      return true;
    }
  }
  return false;
}

void World::end_troubles() {
  director = &calm_;
  for (const auto& process : processes) process->frozen = process->cut_off = false;
  cloud.permissions = {};
  troubles.clear();
  second_writer = false;
  if (credentials.state != Credentials::State::kThere) {
    credentials = {Credentials::State::kThere, credentials.version + 1};
    for (const auto& process : processes) process->credentials_changed();
  }
  other_in_scope = true;
  for (const auto& process : processes) {
    if (!process->covers(kOtherNamespace)) process->stop_gently();
  }
}

void World::calm_down() {
  story.tell([] { return std::string("---- nothing goes wrong any more"); });
  end_troubles();
  for (const Binding& binding : cloud.domains.all()) {
    if (!binding.ours || binding.orphaned) (void)cloud.domains.remove(binding.id, {});
  }
}

void World::finish_runs() {
  const auto busy = [&] {
    return std::any_of(processes.begin(), processes.end(), [](const auto& p) { return p->running() || p->ready(); });
  };
  for (int i = 0; i < 600 && busy(); ++i) rest(std::chrono::seconds(1));
}

void World::rest(base::Duration d) {
  const base::BootTime end = clock.boot_now() + d;
  int busy = 0;
  while (true) {
    story.begin_step();
    if (catch_up()) {
      if (++busy > 20'000) throw Violation("it does not come to rest: something is done again and again");
      continue;
    }
    busy = 0;
    const base::BootTime now = clock.boot_now();
    if (now >= end) return;
    base::BootTime next = end;
    for (const auto& process : processes) {
      const auto due = process->next_due();
      if (due) next = std::min(next, std::max(*due, now));
    }
    // Without a leader, time has to pass in small pieces until there is one.
    const bool led = std::any_of(processes.begin(), processes.end(), [](const auto& p) { return p->leading(); });
    if (!led) next = std::min<base::BootTime>(next, now + std::chrono::seconds(1));
    advance(next - now);
    elect();
  }
}

}  // namespace simulation
