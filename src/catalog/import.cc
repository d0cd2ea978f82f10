#include "catalog/import.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "catalog/channel.h"
#include "catalog/file_name.h"
#include "catalog/preparer.h"
#include "catalog/writer.h"

namespace weir::catalog {
namespace {

namespace fs = std::filesystem;

/// Files of at least this size are remembered as a whole: to hash one costs less than to read it.
constexpr std::uint64_t kLeastKnownFile = std::uint64_t{1} << 20;

constexpr std::size_t kExpectedRecords = 500'000;  // of all sources that are there today

struct Work {
  std::vector<std::string> files;  // in the order of their names
  std::vector<Rejected> closed;    // what cannot be read: its place and reason
  std::uint64_t bytes = 0;
};

/// All files below it. Links are followed to files and not to folders, so nothing goes in circles.
void list_folder(const fs::path& folder, Work& work) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code unlisted;
    std::error_code unknown;
    if (fs::is_directory(entries->symlink_status(unlisted))) {
      list_folder(entries->path(), work);
    } else if (entries->is_regular_file(unknown)) {
      work.files.push_back(entries->path().string());
    } else if (unlisted) {  // but not a link that leads nowhere
      work.closed.push_back({.place = entries->path().string(),
                             .reason = "this cannot be read: " + unlisted.message(),
                             .pointer = {}});
    }
  }
  if (error) {
    work.closed.push_back({.place = folder.string(),
                           .reason = "this folder cannot be read: " + error.message(),
                           .pointer = {}});
  }
}

Result<Work> list_files(const std::string& path) {
  Work work;
  std::error_code error;
  if (path == "-") {
    work.files.push_back(path);
    return work;
  }
  if (!fs::exists(path, error)) {
    return fail(Code::not_found, "there is no such file or folder", path);
  }
  if (!fs::is_directory(path, error)) {
    work.files.push_back(path);
  } else {
    list_folder(path, work);
    std::ranges::sort(work.files);
  }
  for (const std::string& file : work.files) {
    const std::uint64_t size = fs::file_size(file, error);
    work.bytes += error ? 0 : size;
  }
  return work;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::optional<Half> hash_file(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return std::nullopt;
  }
  Sha256 hash;
  std::string block(kBlockBytes, '\0');
  for (std::size_t got = block.size(); got == block.size();) {
    got = std::fread(block.data(), 1, block.size(), file.get());
    hash.add(std::string_view(block).substr(0, got));
  }
  return std::ferror(file.get()) != 0 ? std::nullopt : std::optional(Half::of(hash.finish()));
}

Half half_of(std::string_view bytes) {
  CHECK(bytes.size() == sizeof(Half));
  Half half;
  std::ranges::copy(bytes, reinterpret_cast<char*>(half.words.data()));
  return half;
}

Result<Seen> load_halves(const store::Tx& tx, std::string_view sql) {
  Seen seen;
  TRY(tx.each(sql, {}, [&](const store::Row& row) {
    const std::string halves = row.blob(0);
    for (std::size_t at = 0; at < halves.size(); at += sizeof(Half)) {
      seen.insert(half_of(std::string_view(halves).substr(at, sizeof(Half))));
    }
    return true;
  }));
  return seen;
}

/// What the first thread needs to know of the database, and what it leaves for afterwards.
struct Start {
  Seen lines;
  Seen files;
  Compressor compressor;
};

Result<Start> load_start(store::Db& db) {
  const store::ReadTx tx = TRY(db.read());
  Start start;
  start.lines = TRY(load_halves(*tx, "SELECT digests FROM lines"));
  start.lines.reserve(start.lines.size() + kExpectedRecords);
  start.files = TRY(load_halves(*tx, "SELECT digest FROM file"));
  for (const Dictionary& dictionary : TRY(load_dictionaries(*tx))) {
    start.compressor.add(dictionary);
  }
  return start;
}

/// The first thread: goes through the files in order.
class Producer {
 public:
  Producer(const From& from, const Options& options, Start start, Channel<Batch>& channel)
      : from_(from),
        channel_(channel),
        files_(std::move(start.files)),
        preparer_(options.only, std::move(start.lines), std::move(start.compressor),
                  [this](Batch batch) {
                    batch.consumed += before_;
                    return channel_.push(std::move(batch));
                  }) {}

  void run(const Work& work) {
    if (from_.path.empty()) {
      take(Input::memory(from_.name, from_.bytes), from_.name);
    }
    for (const Rejected& closed : work.closed) {
      preparer_.reject(closed.place, {Code::invalid, closed.reason, ""});
    }
    for (const std::string& file : work.files) {
      if (preparer_.is_over()) {
        break;
      }
      take_file(file);
    }
    preparer_.finish();
    channel_.close();
  }

  const std::vector<Half>& finished_files() const { return finished_; }
  std::uint64_t known() const { return known_; }
  std::uint64_t ignored() const { return preparer_.ignored(); }

 private:
  void take_file(const std::string& file) {
    std::error_code error;
    // Of a pipe or a device there is no size, and it may have no end.
    const bool is_file = file != "-" && fs::is_regular_file(file, error);
    const std::uint64_t size = is_file ? fs::file_size(file, error) : 0;
    std::optional<Half> whole;
    if (size >= kLeastKnownFile) {
      whole = hash_file(file);
      if (whole && files_.contains(*whole)) {
        ++known_;
        before_ += size;
        return;
      }
    }
    take(file == "-" ? Input::standard_input() : Input::file(file),
         from_.name.empty() ? file : from_.name);
    before_ += size;
    if (whole && !preparer_.is_over()) {
      finished_.push_back(*whole);
    }
  }

  void take(Result<Input> input, const std::string& place) {
    if (!input) {
      preparer_.reject(place, std::move(input).error());
    } else {
      preparer_.take(*input, place);
    }
  }

  const From& from_;
  Channel<Batch>& channel_;
  Seen files_;
  std::vector<Half> finished_;
  std::uint64_t known_ = 0;
  std::uint64_t before_ = 0;  // bytes of the files that are done
  Preparer preparer_;
};

Result<std::int64_t> begin_run(store::Db& db, const Clock& clock, const std::string& place) {
  const Instant now = clock.now();
  const auto run = TRY(db.submit([&](store::Tx& tx) {
    return tx.insert("INSERT INTO run (place, started_ms) VALUES ($1, $2)", {place, now.ms});
  }));
  return *run;
}

Status end_run(store::Db& db, const Clock& clock, std::int64_t run,
               const std::vector<Half>& files) {
  const Instant now = clock.now();
  return db.execute([&](store::Tx& tx) -> Status {
    for (const Half& file : files) {
      TRY(tx.run("INSERT INTO file (digest) VALUES ($1) ON CONFLICT DO NOTHING",
                 {store::Blob{file.view()}}));
    }
    return tx.run("UPDATE run SET finished_ms = $2 WHERE id = $1", {run, now.ms});
  });
}

Status write_all(Writer& writer, Channel<Batch>& channel, std::int64_t run, Counts& counts,
                 Progress progress, const Options& options) {
  const auto report = [&](std::uint64_t records) {
    progress.records = records;
    if (options.progress) {
      options.progress(progress);
    }
  };
  while (auto batch = channel.pop()) {
    progress.done = batch->consumed;
    // Only what is ready: while a transaction waits, no other process can write.
    TRY(writer.write(std::move(*batch), run, counts, [&](const Counts& counted) {
      report(counted.records);
      auto next = channel.try_pop();
      progress.done = next ? next->consumed : progress.done;
      return next;
    }));
    report(counts.records);
  }
  return {};
}

Outcome outcome_of(std::int64_t run, const Counts& counts) {
  return {.run = run,
          .records = counts.records,
          .added = counts.added,
          .changed = counts.changed,
          .removed = counts.removed,
          .older = counts.older,
          .unchanged = counts.unchanged,
          .rejected = counts.rejected};
}

}  // namespace

Result<Outcome> import(store::Db& db, const Clock& clock, const From& from,
                       const Options& options) {
  Work work;
  if (!from.path.empty()) {
    work = TRY(list_files(from.path));
  } else {
    work.bytes = from.bytes.size();
  }
  const std::string place = from.name.empty() ? from.path : from.name;
  Start start = TRY(load_start(db));
  const std::int64_t run = TRY(begin_run(db, clock, utf8_of(place)));
  Channel<Batch> channel(kMostWaiting);
  Producer producer(from, options, std::move(start), channel);
  std::thread thread([&] { producer.run(work); });
  Writer writer(db, clock);
  Counts counts;
  const Status written =
      write_all(writer, channel, run, counts, {.place = place, .total = work.bytes}, options);
  channel.close();  // if writing failed, nobody pops any more
  thread.join();
  TRY(written);
  TRY(end_run(db, clock, run, producer.finished_files()));
  Outcome outcome = outcome_of(run, counts);
  outcome.ignored = producer.ignored();
  outcome.known = producer.known();
  return outcome;
}

Result<std::vector<Rejected>> rejects(const store::Tx& tx, std::size_t most) {
  return tx.all("SELECT run, place, reason, pointer FROM reject ORDER BY run DESC, id LIMIT $1",
                {static_cast<std::int64_t>(most)}, [](const store::Row& row) {
                  return Rejected{row.integer(0), row.text(1), row.text(2), row.text(3)};
                });
}

Result<std::vector<Run>> runs(const store::Tx& tx, std::size_t most) {
  return tx.all(
      "SELECT id, place, started_ms, finished_ms, records, added, changed, removed, older, "
      "unchanged, rejected FROM run ORDER BY id DESC LIMIT $1",
      {static_cast<std::int64_t>(most)}, [](const store::Row& row) {
        const auto count = [&](int column) {
          return static_cast<std::uint64_t>(row.integer(column));
        };
        Run run{.run = row.integer(0),
                .place = row.text(1),
                .started = {row.integer(2)},
                .finished = row.is_null(3) ? std::nullopt : std::optional(Instant{row.integer(3)}),
                .outcome = {}};
        run.outcome = {.run = run.run,
                       .records = count(4),
                       .added = count(5),
                       .changed = count(6),
                       .removed = count(7),
                       .older = count(8),
                       .unchanged = count(9),
                       .rejected = count(10)};
        return run;
      });
}

}  // namespace weir::catalog
