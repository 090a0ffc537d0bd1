#include "material.h"
#include "user.h"
#include "world.h"

namespace simulation {
namespace {

/// Of those that are there; null if there is none.
Binding* some_binding(Prng& prng, Cloud& cloud) {
  std::vector<Binding*> there;
  for (Binding& binding : cloud.domains.all()) {
    if (binding.there) there.push_back(&binding);
  }
  return there.empty() ? nullptr : there[prng.below(there.size())];
}

}  // namespace

/// A domain is wished, renamed, given up, or moved to another object; the two changes of a move come in either order.
void User::change_wish(Prng& prng) {
  const std::string name = pick_name(prng);
  const std::string other = pick_name(prng);
  const auto& objects = world_.cluster.certificates();
  const auto found = objects.find(object_name(name));
  if (found == objects.end()) return;
  const std::string domain = found->second.domain ? found->second.domain->name : "";
  const bool adopt = prng.chance(30);
  const bool moves = other != name && objects.contains(object_name(other)) && !domain.empty();
  switch (prng.below(5)) {
    case 0:
      wish(name, "");
      return;
    case 1:
    case 2:
      if (moves) {
        const bool first = prng.chance(50);
        if (first) wish(name, "");
        wish(other, domain, adopt);
        if (!first) wish(name, "");
        return;
      }
      break;
    case 3:
      if (!domain.empty()) {
        wish(name, domain, adopt, prng.chance(50));
        return;
      }
      break;
    default:
      break;
  }
  wish(name, domain_names()[prng.below(domain_names().size())], adopt);
}

/// What others do to domains in the console: the operator's are pointed elsewhere or removed, others are made.
void User::do_something_about_domains(Prng& prng, const Habits& habits) {
  Cloud& cloud = world_.cloud;
  const base::Duration lag = std::chrono::seconds(prng.below(61));
  const auto tell = [&](const std::string& line) { world_.story.tell([&] { return "console: " + line; }); };
  std::vector<iotda::CertificateId> alive;
  for (const CloudCertificate& there : cloud.certificates()) {
    if (there.alive()) alive.push_back(there.id);
  }
  Binding* one = some_binding(prng, cloud);
  switch (prng.below(3)) {
    case 0:
      if (one == nullptr || alive.empty() || (one->ours && !habits.drifts)) return;
      tell("points " + one->name + " elsewhere");
      (void)cloud.domains.update({one->id, "", alive[prng.below(alive.size())], std::nullopt}, lag);
      return;
    case 1:
      if (one == nullptr) return;
      tell("removes the domain configuration " + one->id.str() + " of " + one->name);
      (void)cloud.domains.remove(one->id, lag);
      return;
    default: {
      if (alive.empty()) return;
      const std::string& name = domain_names()[prng.below(domain_names().size())];
      if (cloud.domains.create({"", name, alive[prng.below(alive.size())], std::nullopt}, false, lag) ==
          Domains::Refusal::kNone) {
        tell("makes a domain configuration of " + name);
      }
      return;
    }
  }
}

}  // namespace simulation
