#pragma once

#include <optional>
#include <string>

#include "base/backoff.h"
#include "controller/round.h"
#include "iotda/platform.h"

// What a failed request to the platform means for later requests.
namespace controller {

/// The failure concerns all requests, so none is sent until the gate opens again. Every success opens it.
void shut_gate(Round& r, const iotda::Error& error);
void open_gate(Round& r);
/// Only uploads are not sent.
void shut_upload_gate(Round& r, const iotda::Error& error);

/// The platform rejected a request for one object: with the same Secrets, it is sent again only after a pause. `id`:
/// the certificate that the domain was to serve.
enum class Refused { kUpload, kBinding };
void refused(Round& r, Refused what, const ServerCertificate& object, const iotda::Error& error, Reason reason,
             const base::Backoff::Policy& pause, CertificateId id = {});

/// The deletion of a certificate, or the removal of a domain, failed and is tried again after a pause.
void deletion_failed(Round& r, const Attempt& attempt, std::string message);
void removal_failed(Round& r, const std::string& domain, std::string message);

/// The credentials have no permission to list certificates or to read their chains. That is a response of the platform,
/// so the gate opens.
void deny_inventory(Round& r);

}  // namespace controller
