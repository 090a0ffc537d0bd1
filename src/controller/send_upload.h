#pragma once

#include "controller/round.h"

// Sends an upload.
namespace controller {

/// Sends the upload if its reservation still allows it and the Secret still has the chain of the entry. Notes the
/// outcome; the next plan writes it to the ledger.
Step send_upload(Round& r, const Upload& action);

}  // namespace controller
