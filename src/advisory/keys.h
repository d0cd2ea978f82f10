// Under which names an Affected is found: the one place that says what "the same package" means
// for a look-up. A key is a short text, "PyPI:zope-interface" or "cpe:apache:http_server".
//
//   ecosystem packages   the family of the ecosystem (before its first ":") and the name, folded
//                        as that ecosystem folds it (PyPI: PEP 503; the others not at all)
//   CPE                  vendor and product as NISTIR 7695 quotes them, in lower case; also made
//                        from every CPE of a CVE 5 or CSAF record
//   purl                 type, namespace and name, without version, qualifiers and subpath
//   vendor and product   of CVE 5 and CSAF, in lower case; "n/a" is nobody
//
// A key says "look at this record", never "it is affected": suffixes ("Debian:12"), versions and
// wildcards are for whoever matches.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisory/advisory.h"

namespace weir::advisory {

inline constexpr std::size_t kMostKeyBytes = 512;  // longer ones are cut: a key is not a proof

/// "Debian:12" and "openssl" → "Debian:openssl".
std::string package_key(std::string_view ecosystem, std::string_view name);
/// Vendor and product quoted as in a formatted string: "cpe:apache:http_server".
std::string cpe_key(std::string_view vendor, std::string_view product);
/// From a formatted string or URI; "" if it is neither, or has no product.
std::string cpe_key(std::string_view cpe);
/// "purl:npm/%40angular/core"; "" if it is none.
std::string purl_key(std::string_view purl);
/// "product:siemens:simatic s7-1500"; "" if both are nobody.
std::string product_key(std::string_view vendor, std::string_view product);

/// All keys of it, sorted, each once.
std::vector<std::string> keys(const Affected& affected);

}  // namespace weir::advisory
