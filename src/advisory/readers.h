// One reader for each form. Private to advisory.
//
// Each fills what its form says into `out`, whose source it sets; what is wrong is noted in the
// View's Trouble. Thread rule: pure.
#pragma once

#include "advisory/advisory.h"
#include "advisory/read.h"
#include "advisory/view.h"

namespace weir::advisory {

/// Of references, texts and weaknesses of one record, in its projection: each is compared with all
/// before it. The most that a real record has is some hundreds.
inline constexpr std::size_t kMostListed = 2'000;

void read_cve(const View& root, Advisory& out);
void read_nvd1(const View& root, Advisory& out);
void read_nvd2(const View& cve, Advisory& out);  // the object "cve"
void read_osv(const View& root, Advisory& out);
void read_osv_to_match(const View& root, Advisory& out);
void read_csaf(const View& root, Advisory& out);
void read_kev(const View& root, Advisory& out);  // CISA's
void read_kev_eu(const View& root, Advisory& out);
void read_kev_euvd(const View& root, Advisory& out);
void read_kev_vulncheck(const View& root, Advisory& out);
void read_kev_gcve(const View& root, Advisory& out);
void read_description(const View& root, Advisory& out);
void read_enrichment(const View& root, Advisory& out);
void read_nodejs(const View& root, Advisory& out);
void read_ics(const View& root, Advisory& out);  // a row of the table, by its header

/// CVE 5 `affected[]`, also in the enrichment.
void read_cve_affected(const View& list, Advisory& out);
/// NVD 2.0 and CVE 5.1 cpeApplicability: configurations with nodes.
void read_configurations(const View& list, Advisory& out);

/// At most `most` bytes of it, cut between characters.
std::string cut_text(std::string_view text, std::size_t most = kMostTextBytes);
/// "CWE-79" from "CWE-79: …" or "79", NVD's placeholders as a mark; nothing if it names none.
void add_weakness(std::string_view text, Advisory& out);
/// Adds to a list what is not empty and not there yet, up to kMostListed.
void add_once(std::vector<std::string>& list, std::string_view text);
/// A reference of a CVE, and the mark that its address gives.
void add_cve_reference(std::string_view url, Advisory& out);
/// A tag of the CVE program; other words are none.
void add_cve_tag(std::string_view tag, Advisory& out);
/// "a; b, c" → the parts that begin with `prefix`.
void add_listed(std::string_view text, std::string_view prefix, std::vector<std::string>& out);
void add_rating(std::string_view by, std::string_view vector, std::optional<double> score,
                Advisory& out);

}  // namespace weir::advisory
