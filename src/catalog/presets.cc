#include <fmt/format.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "catalog/import.h"

namespace weir::catalog {
namespace {

constexpr std::string_view kYear = "{year}";

/// Addresses may hold what is nobody's business, a token for one.
Digest key_of(const std::string& url) {
  return Sha256().add(url).finish();
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"cve", "https://github.com/CVEProject/cvelistV5/archive/refs/heads/main.zip",
       "every CVE record, about half a gigabyte"},
      {"nvd", "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-{year}.json.gz",
       "NVD, all years: a file for each"},
      {"nvd-modified", "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-modified.json.gz",
       "NVD, what changed in the last eight days"},
      {"nvd-recent", "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-recent.json.gz",
       "NVD, what is new in the last eight days"},
      {"csaf-cisa", "https://github.com/cisagov/CSAF/archive/refs/heads/develop.zip",
       "CISA's CSAF documents"},
      {"kev", "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
       "CISA's catalogue of known exploited vulnerabilities"},
      {"kev-eu", "https://raw.githubusercontent.com/enisaeu/CNW/main/eukev/eukev.json",
       "the EU's list of known exploited vulnerabilities"},
      {"kev-euvd", "https://euvdservices.enisa.europa.eu/api/kev/dump",
       "ENISA's list beside the EUVD, of CISA's and the EU's together"},
      {"epss", "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
       "EPSS scores of today"},
      {"osv", "https://osv-vulnerabilities.storage.googleapis.com/all.zip",
       "everything that OSV has, about a gigabyte"},
      {"osv-npm", "https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip", "OSV of npm"},
      {"osv-pypi", "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip",
       "OSV of PyPI"},
      {"osv-go", "https://osv-vulnerabilities.storage.googleapis.com/Go/all.zip", "OSV of Go"},
      {"osv-maven", "https://osv-vulnerabilities.storage.googleapis.com/Maven/all.zip",
       "OSV of Maven"},
      {"osv-crates", "https://osv-vulnerabilities.storage.googleapis.com/crates.io/all.zip",
       "OSV of crates.io"},
      {"osv-nuget", "https://osv-vulnerabilities.storage.googleapis.com/NuGet/all.zip",
       "OSV of NuGet"},
      {"osv-rubygems", "https://osv-vulnerabilities.storage.googleapis.com/RubyGems/all.zip",
       "OSV of RubyGems"},
      {"osv-packagist", "https://osv-vulnerabilities.storage.googleapis.com/Packagist/all.zip",
       "OSV of Packagist"},
      {"osv-debian", "https://osv-vulnerabilities.storage.googleapis.com/Debian/all.zip",
       "OSV of Debian"},
      {"osv-ubuntu", "https://osv-vulnerabilities.storage.googleapis.com/Ubuntu/all.zip",
       "OSV of Ubuntu"},
      {"osv-alpine", "https://osv-vulnerabilities.storage.googleapis.com/Alpine/all.zip",
       "OSV of Alpine"},
  };
  return all;
}

std::vector<std::string> addresses(std::string_view name, Instant now) {
  std::vector<std::string> all;
  for (const Preset& preset : presets()) {
    if (preset.name != name) {
      continue;
    }
    const std::string url(preset.url);
    const std::size_t at = url.find(kYear);
    if (at == std::string::npos) {
      return {url};
    }
    const std::uint64_t last = parse_decimal(to_rfc3339(now).substr(0, 4)).value_or(0);
    for (std::uint64_t year = kFirstYear; year <= last; ++year) {
      all.push_back(url.substr(0, at) + std::to_string(year) + url.substr(at + kYear.size()));
    }
  }
  return all;
}

Result<Stamp> stamp_of(const store::Tx& tx, const std::string& url) {
  const Digest key = key_of(url);
  const auto kept =
      TRY(tx.one("SELECT etag, modified FROM address WHERE digest = $1", {store::Blob{key.view()}},
                 [](const store::Row& row) { return Stamp{row.text(0), row.text(1)}; }));
  return kept.value_or(Stamp{});
}

Status keep_stamp(store::Tx& tx, const std::string& url, const Stamp& stamp) {
  const Digest key = key_of(url);
  return tx.run(
      "INSERT INTO address (digest, etag, modified) VALUES ($1, $2, $3) ON CONFLICT (digest) DO "
      "UPDATE SET etag = excluded.etag, modified = excluded.modified",
      {store::Blob{key.view()}, stamp.etag, stamp.modified});
}

}  // namespace weir::catalog
