// What a CVE is marked with, beside its weaknesses: tags of the CVE program, NVD's placeholders for
// a weakness, and whom its references name. The NVD API asks for each (src/compat/nvd_api.h).
//
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string_view>

namespace weir::advisory {

/// "disputed" and the two others that the CVE program has; what a publisher calls by names of its
/// own ("x_…") is none of them.
bool is_cve_tag(std::string_view text);
/// The tag that stood before a description until there were tags: "** DISPUTED ** …".
std::optional<std::string_view> tag_before(std::string_view description);

/// NVD's own "NVD-CWE-Other" and "NVD-CWE-noinfo", in whichever case; as NVD writes it.
std::optional<std::string_view> placeholder_weakness(std::string_view text);

inline constexpr std::string_view kCertAlert = "cert-alert";  // of US-CERT, CISA or CERT/CC
inline constexpr std::string_view kCertNote = "cert-note";    // a vulnerability note of CERT/CC
inline constexpr std::string_view kOval = "oval";             // a definition of OVAL's repository
/// Which of these three a reference leads to, by its address.
std::optional<std::string_view> mark_of_reference(std::string_view url);

}  // namespace weir::advisory
