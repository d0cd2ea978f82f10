// One type per kind of reference, so that one cannot stand in for another.
#pragma once

#include "base/id.h"

namespace weir {

using OrganisationId = Id<struct OrganisationKind>;
using UserId = Id<struct UserKind>;
using AgreementId = Id<struct AgreementKind>;
using CaseId = Id<struct CaseKind>;      // also the reference of the case's stream
using ObjectId = Id<struct ObjectKind>;  // a report, part, message, attachment or record
using ReleaseId = Id<struct ReleaseKind>;
using DecisionId = Id<struct DecisionKind>;  // an exception, a delay, a deferral

}  // namespace weir
