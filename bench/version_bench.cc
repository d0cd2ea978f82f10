// What one question costs: comparing two versions under each scheme, reading names, scoring CVSS.
#include <array>
#include <string>

#include <benchmark/benchmark.h>

#include "severity/severity.h"
#include "version/purl.h"
#include "version/version.h"

namespace weir {
namespace {

/// Versions as they are found, which differ late.
constexpr std::array<std::string_view, 4> kVersions = {"1:2.36.1-8+deb11u1", "1:2.36.1-8+deb11u2",
                                                       "4.17.21-rc.1", "4.17.21-rc.10"};

void BM_Compare(benchmark::State& state) {
  const auto scheme = static_cast<version::Scheme>(state.range(0));
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(version::compare(scheme, kVersions[i], kVersions[i + 1]));
    i = 2 - i;
  }
  state.SetLabel(std::string(version::name(scheme)));
}
BENCHMARK(BM_Compare)->DenseRange(0, static_cast<int>(version::kSchemes) - 1);

void BM_ParsePurl(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        version::parse_purl("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie"));
  }
}
BENCHMARK(BM_ParsePurl);

void BM_Cvss(benchmark::State& state) {
  constexpr std::array<std::string_view, 3> kVectors = {
      "AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
      "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/E:P"};
  const std::string_view vector = kVectors[static_cast<std::size_t>(state.range(0))];
  for (auto _ : state) {
    benchmark::DoNotOptimize(severity::Cvss::parse(vector)->scores());
  }
  state.SetLabel(std::string(vector.substr(0, 8)));
}
BENCHMARK(BM_Cvss)->DenseRange(0, 2);

}  // namespace
}  // namespace weir

BENCHMARK_MAIN();
