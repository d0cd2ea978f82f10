#include "catalog/compress.h"

#include <algorithm>

#include <zdict.h>
#include <zstd.h>

namespace weir::catalog {
namespace {

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};

}  // namespace

struct Compressor::Impl {
  struct Prepared {
    std::int64_t id;
    std::unique_ptr<ZSTD_CDict, Free> dictionary;
  };
  std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
  std::map<advisory::Source, Prepared> prepared;
  std::string scratch;
};

Compressor::Compressor() : impl_(std::make_unique<Impl>()) {
  CHECK(impl_->context != nullptr);
}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

void Compressor::add(const Dictionary& dictionary) {
  last_id_ = std::max(last_id_, dictionary.id);
  std::unique_ptr<ZSTD_CDict, Free> made(
      ZSTD_createCDict(dictionary.bytes.data(), dictionary.bytes.size(), kLevel));
  CHECK(made != nullptr);
  impl_->prepared.insert_or_assign(dictionary.source,
                                   Impl::Prepared{dictionary.id, std::move(made)});
}

bool Compressor::has(advisory::Source source) const {
  return impl_->prepared.contains(source);
}

Compressor::Body Compressor::compress(advisory::Source source, std::string_view text) {
  Body body;
  std::string& scratch = impl_->scratch;
  if (const std::size_t bound = ZSTD_compressBound(text.size()); scratch.size() < bound) {
    scratch.resize(bound);
  }
  const auto found = impl_->prepared.find(source);
  std::size_t size = 0;
  if (found == impl_->prepared.end()) {
    size = ZSTD_compressCCtx(impl_->context.get(), scratch.data(), scratch.size(), text.data(),
                             text.size(), kLevel);
  } else {
    body.dictionary = found->second.id;
    size = ZSTD_compress_usingCDict(impl_->context.get(), scratch.data(), scratch.size(),
                                    text.data(), text.size(), found->second.dictionary.get());
  }
  CHECK(ZSTD_isError(size) == 0);
  body.bytes.assign(scratch, 0, size);
  return body;
}

std::string train(const std::vector<std::string_view>& samples) {
  if (samples.size() < kLeastSamples) {
    return {};
  }
  std::string all;
  std::vector<std::size_t> sizes;
  for (const std::string_view sample : samples) {
    if (all.size() + sample.size() > kSampleBytes) {
      break;
    }
    all += sample;
    sizes.push_back(sample.size());
  }
  std::string dictionary(kDictionaryBytes, '\0');
  const std::size_t size = ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), all.data(),
                                                 sizes.data(), static_cast<unsigned>(sizes.size()));
  if (ZDICT_isError(size) != 0) {
    return {};
  }
  dictionary.resize(size);
  return dictionary;
}

struct Bodies::Impl {
  std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
  std::map<std::int64_t, std::unique_ptr<ZSTD_DDict, Free>> dictionaries;

  Result<const ZSTD_DDict*> find(const store::Tx& tx, std::int64_t id) {
    if (const auto found = dictionaries.find(id); found != dictionaries.end()) {
      return found->second.get();
    }
    const auto bytes = TRY(tx.one("SELECT bytes FROM dictionary WHERE id = $1", {id},
                                  [](const store::Row& row) { return row.blob(0); }));
    if (!bytes) {
      return fail(Code::corrupt, "the dictionary of a record is gone");
    }
    std::unique_ptr<ZSTD_DDict, Free> made(ZSTD_createDDict(bytes->data(), bytes->size()));
    CHECK(made != nullptr);
    return dictionaries.emplace(id, std::move(made)).first->second.get();
  }
};

Bodies::Bodies() : impl_(std::make_unique<Impl>()) {
  CHECK(impl_->context != nullptr);
}
Bodies::~Bodies() = default;

Result<std::string> Bodies::open(const store::Tx& tx, std::int64_t dictionary,
                                 std::string_view body, std::size_t size) {
  std::string text(size, '\0');
  std::size_t got = 0;
  if (dictionary == 0) {
    got = ZSTD_decompressDCtx(impl_->context.get(), text.data(), text.size(), body.data(),
                              body.size());
  } else {
    const ZSTD_DDict* found = TRY(impl_->find(tx, dictionary));
    got = ZSTD_decompress_usingDDict(impl_->context.get(), text.data(), text.size(), body.data(),
                                     body.size(), found);
  }
  if (ZSTD_isError(got) != 0 || got != size) {
    return fail(Code::corrupt, "the stored bytes of a record cannot be read");
  }
  return text;
}

Result<std::vector<Dictionary>> load_dictionaries(const store::Tx& tx) {
  return tx.all("SELECT id, source, bytes FROM dictionary ORDER BY id", {},
                [](const store::Row& row) {
                  return Dictionary{row.integer(0), static_cast<advisory::Source>(row.integer(1)),
                                    row.blob(2)};
                });
}

}  // namespace weir::catalog
