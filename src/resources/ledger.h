#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/tagged.h"
#include "json/value.h"
#include "json/writer.h"
#include "meta/object_name.h"
#include "resources/server_certificate.h"

// IoTDAInstance.status.slots: which slot of the platform belongs to which object.
namespace resources {

/// Of an entry of the ledger: random, never reused.
using Attempt = base::Tagged<struct AttemptTag>;

enum class SlotState {
  kReserved,   ///< recorded before the upload is sent; not yet known whether the platform has the certificate
  kInDoubt,    ///< the outcome of the upload is unknown
  kPresumed,   ///< found on the platform after InDoubt; becomes Active when no late upload can arrive
  kActive,     ///< on the platform
  kDeleting,   ///< to be deleted; a DELETE may have been sent
  kRetained,   ///< left on the platform by deletionPolicy Retain
  kEarmarked,  ///< no certificate; the slot is kept for the rotation of the owner, or for the owner that lent it
  kLost,       ///< the only entry of a ledger that was lost and cannot be rebuilt until a user decides
  kOther,      ///< written by another version of this program; counts as in use and is never changed
};

std::string_view to_string(SlotState state);

/// The object that owns an entry, as it was last seen.
struct Owner {
  meta::ObjectName name;
  Uid uid;
  bool retain = false;  ///< its deletionPolicy
};
Owner owner_of(const ServerCertificate& object);

/// One slot of the platform, from before the upload until the certificate is deleted. It is changed only by its
/// transitions. Each has a precondition and aborts the process if that does not hold, because a wrong ledger can cause
/// the loss of certificates. `since` is the time of the change, RFC 3339.
struct Slot {
  Attempt attempt;
  SlotState state = SlotState::kReserved;
  std::string state_text;  ///< as read, for kOther
  bool adopted = false;
  /// Rebuilt from the status of its owner, while the Secret of the owner has another chain. A status does not prove
  /// that the operator uploaded the certificate, so the certificate is never deleted.
  bool recorded_only = false;
  meta::ObjectName owner;
  Uid owner_uid;
  bool retain = false;  ///< deletionPolicy of the owner when it was last seen
  Fingerprint fingerprint;
  CertificateId id;               ///< server_certificate_id
  std::string since;              ///< RFC 3339
  meta::ObjectName reserved_for;  ///< the object that gets the slot when it becomes free
  Uid reserved_for_uid;           ///< empty: any object

  bool operator==(const Slot&) const = default;
  /// On the platform and in use.
  bool held() const { return state == SlotState::kActive || state == SlotState::kPresumed; }
  /// The outcome of the upload is not known yet.
  bool open() const { return state == SlotState::kReserved || state == SlotState::kInDoubt; }
  bool promised() const { return !reserved_for_uid.empty(); }

  // New entries.

  /// For an upload that is about to be sent. With `keeps_place`, the owner keeps the slot even if this upload fails.
  static Slot reserve(Attempt attempt, const Owner& owner, Fingerprint fingerprint, bool keeps_place,
                      std::string since);
  /// For a certificate on the platform that no entry has.
  static Slot adopt(Attempt attempt, const Owner& owner, Fingerprint fingerprint, CertificateId id, std::string since);
  /// Replaces an entry that was lost. Not `proven`: only the status of the owner names the certificate.
  static Slot recover(Attempt attempt, const Owner& owner, Fingerprint fingerprint, CertificateId id, bool proven,
                      std::string since);
  /// Replaces a whole ledger.
  static Slot lost(Attempt attempt, std::string since);

  // Transitions.

  /// The response to the upload was lost. Requires: Reserved.
  void doubt(std::string since);
  /// The platform has the uploaded certificate under this id. Requires: open().
  void uploaded(CertificateId id, std::string since);
  /// As uploaded(), but the upload in doubt may still arrive and create a second certificate. Requires: open().
  void presume(CertificateId id, std::string since);
  /// A late upload can no longer arrive. Requires: Presumed.
  void confirm(std::string since);
  /// It is certain that the operator manages the certificate. Requires: an id.
  void vouch();
  /// `heir` owns the entry from now on; it may be the current owner with new properties. Requires: held().
  void hand_over(const Owner& heir);
  /// The certificate stays on the platform by deletionPolicy Retain. Requires: held(), or Deleting and the platform
  /// rejected the deletion.
  void leave(std::string since);
  /// `heir` uses the retained certificate. Requires: Retained.
  void take_back(const Owner& heir, std::string since);
  /// Decides to delete the certificate, which cannot be undone. Requires: held().
  void begin_delete(std::string since);
  /// This object gets the slot when it becomes free. Requires: not promised().
  void promise(const meta::ObjectName& name, const Uid& uid);
  /// Removes the promise; or replaces it with the promise of `other`, which loses it.
  void withdraw_promise();
  void take_promise_of(Slot& other);
  /// There is no certificate; the slot is kept for this object. Requires: neither Lost nor Other.
  void keep_for(const meta::ObjectName& name, const Uid& uid, std::string since);
};

/// IoTDAInstance.status.slots.
using Ledger = std::vector<Slot>;

inline constexpr std::size_t kMaxSlots = 64;

const Slot* find_attempt(const Ledger& ledger, const Attempt& attempt);
const Slot* find_id(const Ledger& ledger, const CertificateId& id);

/// The ledger with the decision to delete the certificate of `attempt`.
Ledger with_delete_begun(Ledger ledger, const Attempt& attempt, const std::string& since);
/// As with_delete_begun(), to free a slot for the rotation of `rotating`. If another object owns the certificate, that
/// object lends its slot: the entry `old` of the rotating object is promised to the lender.
Ledger with_room_made(Ledger ledger, const Attempt& attempt, const Owner& rotating, const Attempt& old,
                      const std::string& since);
/// The ledger after the certificate of `attempt` was deleted. The slot is kept for the object that it was promised to.
/// A lender gets the first slot of the borrower that becomes free.
Ledger with_slot_freed(Ledger ledger, const Attempt& attempt, const std::string& since);

Ledger parse_ledger(const json::Value& slots);
void write_ledger(json::Writer& out, const Ledger& ledger);

}  // namespace resources
