#include "owners.h"

namespace simulation {

void Owners::changed(const resources::ServerCertificate* before, const resources::ServerCertificate* now) {
  const base::BootTime t = clock_.boot_now();
  // A restore can bring another object with the same name.
  if (before != nullptr && (now == nullptr || now->meta.uid != before->meta.uid)) owners_[before->meta.uid].gone = t;
  if (now == nullptr) return;
  Owner& owner = owners_[now->meta.uid];
  const auto note = [&](std::optional<base::BootTime>& since, bool is) {
    if (!is) since.reset();
    if (is && !since) since = t;
  };
  note(owner.suspended, now->suspend);
  note(owner.retained, now->retain);
  note(owner.deleting, now->meta.deleting);
  note(owner.created, true);
  owner.gone.reset();  // it is there again, as after a restore
  owner.adopts = owner.adopts || now->adopt;
  if (now->rotation == resources::Rotation::kBreakBeforeMake) {
    owner.broke = base::BootTime::max();
  } else if (owner.broke == base::BootTime::max()) {
    owner.broke = t;
  }
  const std::string wish = now->domain ? now->domain->name : "";
  owner.adopts_domains = owner.adopts_domains || (now->domain && now->domain->adopt);
  if (wish != owner.wish) {
    owner.wishes[owner.wish] = t;
    owner.wish = wish;
    owner.wished = t;
  }
}

const Owner& Owners::of(const meta::Uid& uid) const {
  static const Owner kUnknown;
  const auto found = owners_.find(uid);
  return found == owners_.end() ? kUnknown : found->second;
}

bool Owners::wished_lately(const meta::Uid& uid, const std::string& domain) const {
  const Owner& owner = of(uid);
  if (owner.wish == domain) return true;
  const auto past = owner.wishes.find(domain);
  return past != owner.wishes.end() && clock_.boot_now() <= past->second + kAction;
}

bool Owners::has_settled(const meta::Uid& uid) const {
  const Owner& owner = of(uid);
  return !owner.wish.empty() && owner.wished + kAction < clock_.boot_now() && !owner.deleting && !owner.gone;
}

bool Owners::may_break(const meta::Uid& uid) const {
  const auto& broke = of(uid).broke;
  return broke && (*broke == base::BootTime::max() || clock_.boot_now() <= *broke + kAction);
}

}  // namespace simulation
