#include "catalog/input.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "catalog/libarchive.h"

namespace weir::catalog {
namespace {

struct Close {
  void operator()(archive* handle) const { libarchive->read_free(handle); }
};

}  // namespace

struct Input::Impl {
  std::unique_ptr<archive, Close> handle{libarchive->read_new()};

  Impl() {
    CHECK(handle != nullptr);
    libarchive->read_support_filter_zstd(handle.get());
    libarchive->read_support_filter_gzip(handle.get());
    libarchive->read_support_filter_xz(handle.get());
    libarchive->read_support_filter_bzip2(handle.get());
    libarchive->read_support_format_zip(handle.get());
    libarchive->read_support_format_tar(handle.get());
    libarchive->read_support_format_raw(handle.get());
    libarchive->read_support_format_empty(handle.get());
  }
  std::unexpected<Error> failure(const std::string& where) const {
    const char* said = libarchive->error_string(handle.get());
    std::string why = said == nullptr ? "" : said;
    why.resize(std::min(why.find('\n'), why.size()));
    return fail(Code::invalid, fmt::format("cannot be unpacked: {}", why), where);
  }
};

Input::Input(std::string name) : impl_(std::make_unique<Impl>()), name_(std::move(name)) {}
Input::Input(Input&&) noexcept = default;
Input::~Input() = default;

Result<Input> Input::file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return fail(Code::not_found, "there is no such file", path);
  }
  if (!std::filesystem::is_regular_file(status)) {
    return fail(Code::invalid, "this is no file", path);
  }
  TRY(libarchive.load());
  Input input(path);
  input.size_ = std::filesystem::file_size(path, error);
  if (libarchive->read_open_filename(input.impl_->handle.get(), path.c_str(), kBlockBytes) !=
      ARCHIVE_OK) {
    return input.impl_->failure(path);
  }
  return input;
}

Result<Input> Input::standard_input() {
  TRY(libarchive.load());
  Input input("-");
  if (libarchive->read_open_fd(input.impl_->handle.get(), 0, kBlockBytes) != ARCHIVE_OK) {
    return input.impl_->failure("-");
  }
  return input;
}

Result<Input> Input::memory(const std::string& name, std::string_view bytes) {
  TRY(libarchive.load());
  Input input(name);
  input.size_ = bytes.size();
  input.at_hand_ = bytes.size();
  if (libarchive->read_open_memory(input.impl_->handle.get(), bytes.data(), bytes.size()) !=
      ARCHIVE_OK) {
    return input.impl_->failure(name);
  }
  return input;
}

Result<std::optional<std::string>> Input::next_entry() {
  while (true) {
    archive_entry* entry = nullptr;
    block_ = {};
    entry_bytes_ = 0;
    const int code = libarchive->read_next_header(impl_->handle.get(), &entry);
    if (code == ARCHIVE_EOF) {
      return std::nullopt;
    }
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
      return impl_->failure(name_);
    }
    if (++entries_ > kMostEntries) {
      return fail(Code::invalid, fmt::format("more than {} files within", kMostEntries), name_);
    }
    if (libarchive->format(impl_->handle.get()) == ARCHIVE_FORMAT_RAW) {
      return std::string();
    }
    if (libarchive->entry_filetype(entry) == AE_IFREG) {  // links and devices hold no records
      const char* path = libarchive->entry_pathname_utf8(entry);
      return path == nullptr ? fmt::format("entry {}", entries_) : std::string(path);
    }
  }
}

Status Input::check(std::size_t more) {
  unpacked_ += more;
  // Bytes at hand come as one block, which counts as read only when the next is asked for.
  const std::uint64_t read = std::max(consumed(), at_hand_);
  const bool is_bomb = unpacked_ > kFreeBytes && unpacked_ > read * kMostRatio;
  if (is_bomb || unpacked_ > kMostUnpackedBytes) {
    return fail(Code::invalid, "unpacks to more than is taken", name_);
  }
  return {};
}

Result<bool> Input::read(std::string& into) {
  if (block_.empty()) {
    // Block by block, not so and so many bytes: what came before damage is not lost with it.
    const void* start = nullptr;
    std::size_t size = 0;
    la_int64_t at = 0;
    const int code = libarchive->read_data_block(impl_->handle.get(), &start, &size, &at);
    if (code == ARCHIVE_EOF) {
      return false;
    }
    if (code != ARCHIVE_OK) {  // also a warning: a wrong checksum is one
      return impl_->failure(name_);
    }
    if (static_cast<std::uint64_t>(at) != entry_bytes_) {
      return fail(Code::invalid, "a file with holes is not taken", name_);
    }
    entry_bytes_ += size;
    TRY(check(size));
    block_ = std::string_view(static_cast<const char*>(start), size);
  }
  into += block_.substr(0, kBlockBytes);
  block_.remove_prefix(std::min(kBlockBytes, block_.size()));
  return true;
}

std::uint64_t Input::consumed() const {
  const la_int64_t bytes = libarchive->filter_bytes(impl_->handle.get(), -1);
  return bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

}  // namespace weir::catalog
