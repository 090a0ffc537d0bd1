#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "json/writer.h"
#include "meta/object_name.h"
#include "resources/server_certificate.h"

// IoTDAInstance.status.slots: which slot of the platform belongs to which object.
namespace resources {

enum class SlotState {
  kReserved,   ///< intent written; the upload is not yet known to have happened
  kInDoubt,    ///< the outcome of the upload is unknown
  kPresumed,   ///< found on the platform after a doubt; final once no late upload can land any more
  kActive,     ///< on the platform
  kDeleting,   ///< decided: a DELETE may have been sent
  kRetained,   ///< left on the platform by policy
  kEarmarked,  ///< free on the platform, kept for the owner's rotation, or because the owner lent it
  kLost,       ///< stands for a ledger that is gone and cannot be rebuilt; what becomes of it a person says
  kOther,      ///< written by another version of this program: counts as taken, is never touched
};

std::string_view to_string(SlotState state);

/// The object that has an entry, as it was when it was seen last.
struct Owner {
  meta::ObjectName name;
  std::string uid;
  bool retain = false;  ///< its deletionPolicy
};
Owner owner_of(const ServerCertificate& object);

/// One slot of the platform, from the intent to upload until the certificate is gone. It is changed by its transitions
/// only. Each states what must hold before it, and aborts if that does not: a ledger that says what is not so costs
/// certificates. `since` is the time of the change, RFC 3339.
struct Slot {
  std::string attempt;  ///< random, never used again
  SlotState state = SlotState::kReserved;
  std::string state_text;  ///< as read, for kOther
  bool adopted = false;
  /// Rebuilt from the status of its owner, whose Secret does not hold the chain. A status is no authority, so what it
  /// names is never deleted.
  bool recorded_only = false;
  meta::ObjectName owner;
  std::string owner_uid;
  bool retain = false;  ///< the owner's deletionPolicy when it was last seen
  std::string fingerprint;
  std::string id;                 ///< server_certificate_id
  std::string since;              ///< RFC 3339
  meta::ObjectName reserved_for;  ///< who gets the slot when it becomes free
  std::string reserved_for_uid;   ///< empty: whoever is next

  bool operator==(const Slot&) const = default;
  /// On the platform and in use.
  bool held() const { return state == SlotState::kActive || state == SlotState::kPresumed; }
  /// The outcome of the upload is open.
  bool open() const { return state == SlotState::kReserved || state == SlotState::kInDoubt; }
  bool promised() const { return !reserved_for_uid.empty(); }

  // New entries.

  /// Before an upload is sent. With `keeps_place`, the place stays the owner's whatever becomes of this attempt.
  static Slot reserve(std::string attempt, const Owner& owner, std::string fingerprint, bool keeps_place,
                      std::string since);
  /// For a certificate that is on the platform and nobody's.
  static Slot adopt(std::string attempt, const Owner& owner, std::string fingerprint, std::string id,
                    std::string since);
  /// Instead of an entry that was lost. Not `proven`: only a status says that it is the owner's.
  static Slot recover(std::string attempt, const Owner& owner, std::string fingerprint, std::string id, bool proven,
                      std::string since);
  /// In the place of a whole ledger.
  static Slot lost(std::string attempt, std::string since);

  // Transitions.

  /// The answer to the upload was lost. Before: Reserved.
  void doubt(std::string since);
  /// The platform has the certificate of the upload under this id. Before: open().
  void uploaded(std::string id, std::string since);
  /// As uploaded(), but a late upload may still add another one. Before: open().
  void presume(std::string id, std::string since);
  /// No late upload can arrive any more. Before: Presumed.
  void confirm(std::string since);
  /// It is certain that the certificate is the operator's. Before: it has an id.
  void vouch();
  /// Another object, or the same one as it is now, has the entry. Before: held().
  void hand_over(const Owner& heir);
  /// The certificate is left on the platform. Before: held(), or Deleting and refused.
  void leave(std::string since);
  /// What was left is in use again. Before: Retained.
  void take_back(const Owner& heir, std::string since);
  /// After that nothing calls the delete back. Before: held().
  void begin_delete(std::string since);
  /// The slot is for this object when it becomes free. Before: not promised().
  void promise(const meta::ObjectName& name, const std::string& uid);
  /// To nobody any more, or by passing the promise of `other` on.
  void withdraw_promise();
  void take_promise_of(Slot& other);
  /// The certificate is gone, or never came; the place is kept for this object. Before: anything but Lost and Other.
  void keep_for(const meta::ObjectName& name, const std::string& uid, std::string since);
};

/// IoTDAInstance.status.slots.
using Ledger = std::vector<Slot>;

inline constexpr std::size_t kMaxSlots = 64;

const Slot* find_attempt(const Ledger& ledger, std::string_view attempt);
const Slot* find_id(const Ledger& ledger, std::string_view id);

/// The ledger with the decision to delete the certificate of `attempt`.
Ledger with_delete_begun(Ledger ledger, std::string_view attempt, const std::string& since);
/// As with_delete_begun(), to make room for the rotation of `rotating`. If the certificate is another object's, its
/// slot is lent: the entry `old` of the rotating object is promised to the lender.
Ledger with_room_made(Ledger ledger, std::string_view attempt, const Owner& rotating, std::string_view old,
                      const std::string& since);
/// The ledger without the certificate of `attempt`, which was deleted. The slot is kept for the object that it was
/// promised to; a lender gets the first of the borrower's slots that becomes free.
Ledger with_slot_freed(Ledger ledger, std::string_view attempt, const std::string& since);

Ledger parse_ledger(const json::Value& slots);
void write_ledger(json::Writer& out, const Ledger& ledger);

}  // namespace resources
