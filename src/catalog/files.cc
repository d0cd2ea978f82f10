#include "catalog/files.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "advisory/read.h"
#include "catalog/file_name.h"
#include "catalog/input.h"
#include "catalog/zip.h"

namespace weir::catalog {
namespace {

constexpr std::size_t kPieceFiles = 64;                      // of a zip
constexpr std::size_t kPieceBytes = std::size_t{128} << 10;  // of lines
constexpr unsigned kPieceBits = 32;                          // of an order: the record in its piece

/// What one thread reads at a time: files of a zip, lines of a text, or all of it.
struct Piece {
  const std::string* place;  // of the file
  const Zip* zip = nullptr;
  std::size_t first = 0;  // file, or byte
  std::size_t last = 0;   // after the last
  std::string_view text{};
  bool is_lines = false;
};

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

/// Without what ends it.
std::string_view take_line(std::string_view& text) {
  std::string_view line = first_line(text);
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

/// A file, cut into pieces.
class Pieces {
 public:
  Status open(const std::string& path) {
    if (TRY(Zip::is_zip(path))) {
      add_zip(zips_.emplace_back(TRY(Zip::open(path))));
      return {};
    }
    Input input = TRY(Input::file(path));
    std::size_t before = 0;
    while (const auto name = TRY(input.next_entry())) {
      if (!name->empty() && !may_hold_records(*name)) {
        continue;
      }
      std::string& text = texts_.emplace_back();
      while (TRY(input.read(text))) {
        if (before + text.size() > kMostTextBytes) {
          return fail(Code::invalid, "unpacks to more than is taken", path);
        }
      }
      before += text.size();
      add_text(text, name->empty() ? path : path + "/" + *name);
    }
    return before > 0 ? Status{} : fail(Code::invalid, "there is nothing in it", path);
  }
  const std::vector<Piece>& all() const { return pieces_; }

  static bool may_hold_records(std::string_view name) {
    const Form form = form_of(name);
    return (form == Form::document || form == Form::lines) && !is_packed(name);
  }

 private:
  void add_zip(const Zip& zip) {
    for (std::size_t first = 0; first < zip.files().size(); first += kPieceFiles) {
      pieces_.push_back({.place = &zip.path(),
                         .zip = &zip,
                         .first = first,
                         .last = std::min(first + kPieceFiles, zip.files().size())});
    }
  }

  void add_text(std::string_view text, std::string place) {
    const std::string& kept = places_.emplace_back(std::move(place));
    const bool is_lines =
        first_line(text).size() < text.size() && reader_.read(first_line(text)).has_value();
    for (std::size_t first = 0; first < text.size();) {
      const std::size_t least = is_lines ? first + kPieceBytes : text.size();
      const std::size_t last = std::min(text.find('\n', least), text.size() - 1) + 1;
      pieces_.push_back(
          {.place = &kept, .first = first, .last = last, .text = text, .is_lines = is_lines});
      first = last;
    }
  }

  // Which pieces point into: they do not move.
  std::deque<Zip> zips_;
  std::deque<std::string> texts_;
  std::deque<std::string> places_;
  std::vector<Piece> pieces_;
  advisory::Reader reader_;
};

/// Where a record lies, said when there is something wrong with it.
struct Where {
  const Piece& piece;
  std::string_view file{};  // within a zip
  std::size_t line = 0;     // within the piece, or within that file

  std::string text() const {
    std::string out = *piece.place;
    out += file.empty() ? "" : fmt::format("/{}", file);
    if (line > 0) {
      const auto before = std::ranges::count(piece.text.substr(0, piece.first), '\n');
      out += fmt::format(" line {}", static_cast<std::size_t>(before) + line);
    }
    return out;
  }
};

/// One thread.
class Worker {
 public:
  explicit Worker(const Taker& taker) : taker_(taker) {}

  Status read(const Piece& piece, std::size_t number) {
    next_ = std::uint64_t{number} << kPieceBits;
    if (piece.zip != nullptr) {
      return read_zip(piece);
    }
    const std::string_view text = piece.text.substr(piece.first, piece.last - piece.first);
    return piece.is_lines ? read_lines(text, {piece}) : read_text(text, {piece});
  }

 private:
  Status read_zip(const Piece& piece) {
    if (zip_ != piece.zip) {
      zip_ = piece.zip;
      if (unpacker_) {
        TRY(unpacker_->turn_to(*zip_));
      } else {
        unpacker_.emplace(TRY(Unpacker::open(*zip_)));
      }
    }
    for (std::size_t i = piece.first; i < piece.last; ++i) {
      const Zip::File& file = zip_->files()[i];
      if (Pieces::may_hold_records(file.name)) {
        const std::string_view text = TRY(unpacker_->unpack(file));
        TRY(read_text(text, {piece, file.name}));
      }
    }
    return {};
  }

  /// One record, or else many.
  Status read_text(std::string_view text, const Where& where) {
    auto record = reader_.read(text);
    if (record) {
      give(*record);
      return {};
    }
    const std::string_view first = first_line(text);
    if (first.size() < text.size() && reader_.read(first)) {
      return read_lines(text, where);
    }
    const auto records = advisory::split(text);
    if (!records || records->size() == 1) {
      return refused(records ? record.error() : records.error(), where);
    }
    for (const std::string_view one : *records) {
      TRY(read_record(one, where));
    }
    return {};
  }

  Status read_lines(std::string_view text, Where where) {
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      ++where.line;
      if (!line.empty()) {
        TRY(read_record(line, where));
      }
    }
    return {};
  }

  Status read_record(std::string_view text, const Where& where) {
    auto record = reader_.read(text);
    if (!record) {
      return refused(record.error(), where);
    }
    give(*record);
    return {};
  }

  void give(const advisory::Advisory& record) { taker_(next_++, record); }

  static Status refused(const Error& error, const Where& where) {
    return fail(error.code, error.message,
                where.text() + (error.where.empty() ? "" : " " + error.where));
  }

  const Taker& taker_;
  advisory::Reader reader_{advisory::Extent::to_match};
  const Zip* zip_ = nullptr;
  std::optional<Unpacker> unpacker_;
  std::uint64_t next_ = 0;
};

/// Calls `work` with 0 up to `count` on as many threads, of which this is one.
template <class F>
void on_threads(std::size_t count, F work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < count; ++i) {
    threads.emplace_back(work, i);
  }
  work(std::size_t{0});
  for (std::thread& thread : threads) {
    thread.join();
  }
}

/// All files, of those that cannot be opened the first.
Result<std::vector<Piece>> open_all(const std::vector<std::string>& paths, std::size_t threads,
                                    std::deque<Pieces>& files) {
  files.resize(paths.size());
  std::vector<Status> opened(paths.size());
  std::atomic<std::size_t> next = 0;
  on_threads(std::min(threads, paths.size()), [&](std::size_t) {
    for (std::size_t i = next++; i < paths.size(); i = next++) {
      opened[i] = files[i].open(paths[i]);
    }
  });
  std::vector<Piece> all;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    TRY(std::move(opened[i]));
    all.insert(all.end(), files[i].all().begin(), files[i].all().end());
  }
  return all;
}

}  // namespace

unsigned reading_threads() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMostReaders);
}

Status read_files(const std::vector<std::string>& paths, const std::vector<Taker>& takers) {
  std::deque<Pieces> files;  // which pieces point into
  const std::vector<Piece> pieces = TRY(open_all(paths, takers.size(), files));
  // Pieces are begun in order and one that was begun is ended: so of all that is wrong the first is
  // found, however the threads run.
  std::atomic<std::size_t> next = 0;
  std::vector<Status> ends(takers.size());
  std::vector<std::size_t> ended_at(takers.size(), pieces.size());
  on_threads(takers.size(), [&](std::size_t thread) {
    Worker worker(takers[thread]);
    for (std::size_t i = next++; i < pieces.size(); i = next++) {
      ends[thread] = worker.read(pieces[i], i);
      if (!ends[thread]) {
        ended_at[thread] = i;
        next = pieces.size();
        return;
      }
    }
  });
  const auto first = std::ranges::min_element(ended_at) - ended_at.begin();
  return ends[static_cast<std::size_t>(first)];
}

}  // namespace weir::catalog
