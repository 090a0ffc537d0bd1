#include <array>

#include "material.h"
#include "user.h"
#include "world.h"

namespace simulation {
namespace {

constexpr std::array<const char*, 4> kNames{"a", "b", "c", "d"};

}  // namespace

std::string User::pick_name(Prng& prng) const {
  return kNames.at(prng.below(kNames.size()));
}

/// Without the habit of sharing, each object has its own few chains, as cert-manager would make them.
int User::pick_chain(Prng& prng, const Habits& habits) const {
  return static_cast<int>(prng.below(habits.breaks ? chains().size() : chains().size() - 2));
}

Spec User::some_spec(Prng& prng, const Habits& habits) const {
  static constexpr std::array<const char*, 4> kStrategies{"Auto", "Auto", "MakeBeforeBreak", "BreakBeforeMake"};
  Spec spec{prng.chance(25), prng.chance(75)};
  if (habits.varies) spec.strategy = kStrategies.at(prng.below(kStrategies.size()));
  if (habits.wishes && prng.chance(70)) {
    spec.domain = domain_names()[prng.below(domain_names().size())];
    spec.adopt_domain = prng.chance(30);
  }
  return spec;
}

void User::do_something(Prng& prng, const Habits& habits) {
  const std::string name = pick_name(prng);
  const auto found = world_.cluster.certificates().find(object_name(name));
  const bool exists = found != world_.cluster.certificates().end();
  if (world_.cluster.instance(kInstance) == nullptr && prng.chance(50)) {
    create_instance();
    return;
  }
  if (!exists) {
    if (content(name).kind == Content::Kind::kMissing && prng.chance(85)) {
      set_secret(name, {Content::Kind::kGood, pick_chain(prng, habits)});
    }
    create(name, some_spec(prng, habits));
    return;
  }
  switch (prng.below(habits.wishes ? 15 : 11)) {
    case 11:
    case 12:
    case 13:
    case 14:
      change_wish(prng);
      return;
    case 0:
    case 1:
      if (!found->second.meta.deleting) remove(name);
      return;
    case 2:
      if (habits.forces) {
        force_remove(name);
        if (prng.chance(50)) create(name, some_spec(prng, habits));
        return;
      }
      break;
    case 3:
      change_policy(prng, habits);
      return;
    case 4:
      if (habits.loses_ledger && prng.chance(30) && world_.cluster.instance(kInstance) != nullptr) {
        lose_ledger(prng.chance(50));
        return;
      }
      break;
    case 5:
      if (habits.deletes_instance && prng.chance(30)) {
        const resources::Instance* instance = world_.cluster.instance(kInstance);
        if (instance != nullptr && !instance->meta.deleting) {
          world_.story.tell([] { return std::string("user: deletes the instance"); });
          world_.cluster.api().remove(resources::kInstances, {"", kInstance});
          world_.changed_by_user();
        }
        return;
      }
      break;
    default:
      break;
  }
  change_secret(prng, habits);
}

void User::change_secret(Prng& prng, const Habits& habits) {
  const std::string name = pick_name(prng);
  switch (prng.below(8)) {
    case 0:
      if (habits.breaks) {
        static constexpr std::array<Content::Kind, 3> kBad{Content::Kind::kGarbage, Content::Kind::kEmpty,
                                                           Content::Kind::kMissing};
        set_secret(name, {kBad.at(prng.below(kBad.size()))});
        return;
      }
      break;
    case 1:
      if (habits.breaks) {
        set_secret(name, {Content::Kind::kMismatch, pick_chain(prng, habits)});
        return;
      }
      break;
    case 2: {  // swapped, or the same in both
      const std::string other = pick_name(prng);
      const Content mine = content(name);
      if (habits.shares) {
        const bool swap = prng.chance(60);
        set_secret(name, content(other));
        if (swap) set_secret(other, mine);
        return;
      }
      break;
    }
    case 3: {  // restored from before
      const auto past = contents_.find(name);
      if (past != contents_.end()) {
        set_secret(name, past->second[prng.below(past->second.size())].content);
        return;
      }
      break;
    }
    default:
      break;
  }
  const int chain = pick_chain(prng, habits);
  if (!habits.shares) {
    for (const char* other : kNames) {
      if (other != name && content(other).chain == chain) return;
    }
  }
  set_secret(name, {Content::Kind::kGood, chain});
}

void User::change_policy(Prng& prng, const Habits& habits) {
  const std::string name = pick_name(prng);
  const bool exists = world_.cluster.certificates().contains(object_name(name));
  const bool has_instance = world_.cluster.instance(kInstance) != nullptr;
  const std::string token = R"({"metadata":{"annotations":{"iotda.huaweicloud.com/reconcile-requested-at":"t)" +
                            std::to_string(++tokens_) + R"("}}})";
  switch (prng.below(8)) {
    case 7: {
      static constexpr std::array<const char*, 3> kStrategies{"Auto", "MakeBeforeBreak", "BreakBeforeMake"};
      if (!habits.varies || !exists) return;
      edit(name, std::string(R"({"spec":{"rotation":{"strategy":")") + kStrategies.at(prng.below(3)) + "\"}}}");
      return;
    }
    case 0:
      if (exists)
        edit(name, std::string(R"({"spec":{"deletionPolicy":")") + (prng.chance(50) ? "Retain" : "Delete") + "\"}}");
      return;
    case 1:
      if (exists)
        edit(name, std::string(R"({"spec":{"adoptionPolicy":")") + (prng.chance(50) ? "Never" : "IfMatching") + "\"}}");
      return;
    case 2:
      if (exists) edit(name, token);
      return;
    case 3:
      if (has_instance) edit_instance(token);
      return;
    case 4:
      if (habits.suspends && has_instance) {
        edit_instance(std::string(R"({"spec":{"suspend":)") + (prng.chance(30) ? "true" : "false") + "}}");
      }
      return;
    default:
      if (habits.suspends && exists) {
        edit(name, std::string(R"({"spec":{"suspend":)") + (prng.chance(50) ? "true" : "false") + "}}");
      }
      return;
  }
}

void User::do_something_in_console(Prng& prng, const Habits& habits) {
  Cloud& cloud = world_.cloud;
  const base::Duration lag = std::chrono::seconds(prng.below(61));
  std::vector<std::size_t> alive;
  for (std::size_t i = 0; i < cloud.certificates().size(); ++i) {
    if (cloud.certificates()[i].alive()) alive.push_back(i);
  }
  const auto tell = [&](const std::string& line) { world_.story.tell([&] { return "console: " + line; }); };
  if (habits.drifts && prng.chance(40)) {
    do_something_about_domains(prng, habits);
    return;
  }
  const std::size_t what = prng.below(4);
  if (what == 0 && alive.size() < cloud.variant.quota) {
    const CloudCertificate& added = cloud.add(pick_chain(prng, habits), /*ours=*/false, lag);
    tell("adds " + chain_label(added.chain) + " as " + added.id.str());
    return;
  }
  if (alive.empty()) return;
  CloudCertificate& one = cloud.certificates()[alive[prng.below(alive.size())]];
  if (what == 1 && (!one.ours || habits.takes_ours)) {
    tell("removes " + one.id.str());
    cloud.remove(one, lag, /*by_others=*/true);
  } else if (what == 2 && habits.binds && cloud.binding_of(one.id) == nullptr) {
    tell("a domain configuration serves " + one.id.str());
    cloud.bind("console-" + std::to_string(++foreign_domains_) + ".example.com", one.id, {});
  } else if (what == 3 && cloud.domains.count() > 0) {
    tell("removes its domain configurations");
    for (const Binding& binding : cloud.domains.all()) {
      if (!binding.ours) (void)cloud.domains.remove(binding.id, {});
    }
  }
}

}  // namespace simulation
