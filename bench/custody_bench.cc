// How fast an outsider checks a log of ten million leaves that are all claimed, on one core, and
// how fast custody records are read. The log is made in memory first; that time does not count.
//
//   custody_bench [leaves]     prints rates, and the memory that checking took
#include <chrono>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "base/random.h"
#include "custody/custody.h"

namespace weir::custody {
namespace {

constexpr std::uint64_t kLeaves = 10'000'000;
constexpr std::uint32_t kStreams = 100;  // cover streams, their leaves taking turns
constexpr std::uint64_t kCheckpointEvery = 10'000;
constexpr double kBound = 1.5e6;  // leaves a second

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

struct Log {
  std::string entries;
  std::vector<Digest> commitments;  // as a record's events would give them
  std::vector<Tags> tags;
  std::vector<Head> heads;
  Sealed newest;
};

Log make_log(std::uint64_t leaves) {
  Log log;
  SeededRandom random(1);
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    log.tags.emplace_back(random.bytes(32));
  }
  log.entries.reserve(leaves * (2 + kLeafBytes));
  log.commitments.reserve(leaves);
  merkle::Edge edge;
  for (std::uint64_t i = 0; i < leaves; ++i) {
    log.commitments.push_back(sha256(big_endian_64(i)));
    const std::string entry = leaf(log.tags[i % kStreams].of(i / kStreams), log.commitments[i]);
    log.entries += big_endian_16(kLeafBytes);
    log.entries += entry;
    edge.append(merkle::leaf_hash(entry));
    if (edge.size() % 256 == 0) {
      edge.take_changed();
    }
    if (edge.size() % kCheckpointEvery == 0) {
      log.heads.push_back({.size = edge.size(), .root = edge.root(), .from = "an archived one"});
    }
  }
  log.newest = {.size = leaves, .root = edge.root()};
  return log;
}

Fetch serve(const Log& log) {
  return [&log](const std::string& path) -> Result<std::string> {
    const merkle::TilePath at = TRY(merkle::parse_tile_path(path));
    const std::size_t entry = 2 + kLeafBytes;
    return log.entries.substr(at.tile.index * merkle::kTileWidth * entry, at.tile.width * entry);
  };
}

int run_log(std::uint64_t leaves) {
  const Log log = make_log(leaves);
  const double before = peak_mib();
  const auto start = std::chrono::steady_clock::now();
  Claims claims;
  for (std::uint64_t i = 0; i < leaves; ++i) {
    const std::uint64_t index = i / kStreams;
    const auto stream = static_cast<std::uint32_t>(i % kStreams);
    claims.add({.leaf = i,
                .stream = stream,
                .index = static_cast<std::uint32_t>(index),
                .hash = merkle::leaf_hash(leaf(log.tags[stream].of(index), log.commitments[i]))});
  }
  const double claimed = seconds_since(start);
  const Fetch fetch = serve(log);
  Findings findings;
  const auto scanned = scan({.fetch = fetch,
                             .newest = log.newest,
                             .heads = log.heads,
                             .claims = claims,
                             .tiles = Tiles::skip},
                            findings);
  const double all = seconds_since(start);
  CHECK(scanned && scanned->mismatches.empty() && findings.alarms() == 0);
  const double rate = static_cast<double>(leaves) / all;
  fmt::print(
      "log: {} leaves, all claimed: {:.2f} s to claim, {:.2f} s to scan, {:.2f} million "
      "leaves/s (bound {:.1f}), {:.0f} MiB beside the log\n",
      leaves, claimed, all - claimed, rate / 1e6, kBound / 1e6, peak_mib() - before);
  return rate >= kBound || leaves < kLeaves ? 0 : 1;
}

/// A record as JSON: parsed and checked as a Verifier does it.
std::string make_record(std::uint64_t events) {
  SeededRandom random(2);
  Record record{.stream = std::string(26, 'a'),
                .kind = "cover",
                .key = random.bytes(32),
                .logs = {{"log.example", "vkey"}},
                .as_of_log = 0,
                .as_of_size = events,
                .linked = {},
                .events = {}};
  for (std::uint64_t i = 0; i < events; ++i) {
    RecordEvent event{.index = i, .leaf = i, .before = 0, .after = events, .fields = {}};
    for (const char* name :
         {"index", "key_commit", "origin", "prev", "stream", "time", "type", "v"}) {
      event.fields.push_back({.name = name,
                              .value = json::Value("2026-11-23T13:20:00.000Z and more"),
                              .salt = random.digest()});
    }
    record.events.push_back(std::move(event));
  }
  return write_record(record);
}

void run_records() {
  constexpr std::uint64_t kEvents = 100'000;
  const std::string text = make_record(kEvents);
  const auto start = std::chrono::steady_clock::now();
  const auto record = parse_record(text);
  const double parsed = seconds_since(start);
  CHECK(record && record->events.size() == kEvents);
  fmt::print("records: {:.0f} thousand events/s parsed and hashed, {:.0f} MB/s\n",
             static_cast<double>(kEvents) / parsed / 1e3,
             static_cast<double>(text.size()) / parsed / 1e6);
}

}  // namespace
}  // namespace weir::custody

int main(int count, char** arguments) {
  const auto leaves = count > 1 ? weir::parse_decimal(arguments[1]) : weir::custody::kLeaves;
  if (!leaves) {
    fmt::print(stderr, "usage: custody_bench [leaves]\n");
    return 2;
  }
  const int result = weir::custody::run_log(*leaves);  // first: memory is counted by its peak
  weir::custody::run_records();
  return result;
}
