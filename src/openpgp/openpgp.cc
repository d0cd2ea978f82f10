#include "openpgp/openpgp.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <utility>

#include <rnp/rnp_err.h>

#include "openpgp/librnp.h"

namespace weir::openpgp {
namespace {

constexpr std::string_view kCipher = "AES256";
constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kMsInSecond = 1'000;

struct Free {
  void operator()(rnp_ffi_st* one) const { librnp->ffi_destroy(one); }
  void operator()(rnp_input_st* one) const { librnp->input_destroy(one); }
  void operator()(rnp_output_st* one) const { librnp->output_destroy(one); }
  void operator()(rnp_key_handle_st* one) const { librnp->key_handle_destroy(one); }
  void operator()(rnp_op_encrypt_st* one) const { librnp->op_encrypt_destroy(one); }
  void operator()(rnp_identifier_iterator_st* one) const {
    librnp->identifier_iterator_destroy(one);
  }
  void operator()(char* one) const { librnp->buffer_destroy(one); }
};
template <class T>
using Held = std::unique_ptr<T, Free>;

/// Calls `make(&handle)`; null if that fails.
template <class T, class Make>
Held<T> held(Make make) {
  T* made = nullptr;
  const bool is_made = make(&made) == RNP_SUCCESS;
  Held<T> handle(made);
  return is_made ? std::move(handle) : nullptr;
}

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

Held<rnp_input_st> input_of(std::string_view text) {
  return held<rnp_input_st>([&](rnp_input_t* out) {
    return librnp->input_from_memory(out, bytes_of(text), text.size(), false);
  });
}

Held<rnp_output_st> new_output(std::size_t most) {
  return held<rnp_output_st>(
      [&](rnp_output_t* out) { return librnp->output_to_memory(out, most); });
}

Result<std::string> written(rnp_output_st* output) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (librnp->output_memory_get_buf(output, &bytes, &size, false) != RNP_SUCCESS) {
    return fail(Code::unavailable, "OpenPGP has no memory");
  }
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

/// A key of the ring, and what is encrypted to: the key itself or one of its subkeys.
struct Chosen {
  Held<rnp_ffi_st> ring;  // outlives the handles
  Held<rnp_key_handle_st> main;
  Held<rnp_key_handle_st> target;
  std::optional<Instant> expires;
};

bool holds(rnp_key_handle_st* key, rnp_result_t (*ask)(rnp_key_handle_t, bool*)) {
  bool answer = false;
  return ask(key, &answer) == RNP_SUCCESS && answer;
}

/// Until when the key may be used: never later than forever, 0 if it was never valid.
std::uint64_t valid_till(rnp_key_handle_st* key) {
  std::uint64_t till = 0;
  return librnp->key_valid_till64(key, &till) == RNP_SUCCESS ? till : 0;
}

Status check_strength(rnp_key_handle_st* key) {
  const auto name = held<char>([&](char** out) { return librnp->key_get_alg(key, out); });
  std::uint32_t bits = 0;
  if (!name || librnp->key_get_bits(key, &bits) != RNP_SUCCESS) {
    return fail(Code::invalid, "the OpenPGP key is of a kind that is not known here");
  }
  const std::string_view kind(name.get());
  const bool is_by_factors = kind == "RSA" || kind == "ELGAMAL";
  return is_by_factors && bits < kLeastRsaBits
             ? Status(fail(Code::invalid, "the OpenPGP key has less than 2048 bits"))
             : Status();
}

Status check_secrets(rnp_key_handle_st* key) {
  return holds(key, librnp->key_have_secret)
             ? Status(
                   fail(Code::invalid,
                        "this is a private OpenPGP key: keep it to yourself, and give the public"))
             : Status();
}

/// The only main key of the ring.
Result<Held<rnp_key_handle_st>> main_key(rnp_ffi_st* ring) {
  const auto names = held<rnp_identifier_iterator_st>([&](rnp_identifier_iterator_t* out) {
    return librnp->identifier_iterator_create(ring, out, "fingerprint");
  });
  Held<rnp_key_handle_st> found;
  const char* name = nullptr;
  while (names && librnp->identifier_iterator_next(names.get(), &name) == RNP_SUCCESS &&
         name != nullptr) {
    auto key = held<rnp_key_handle_st>(
        [&](rnp_key_handle_t* out) { return librnp->locate_key(ring, "fingerprint", name, out); });
    if (!key) {
      continue;
    }
    TRY(check_secrets(key.get()));
    if (!holds(key.get(), librnp->key_is_primary)) {
      continue;
    }
    if (found) {
      return fail(Code::invalid, "more than one OpenPGP key: give one");
    }
    found = std::move(key);
  }
  if (!found) {
    return fail(Code::invalid, "not an OpenPGP public key");
  }
  return found;
}

Result<Chosen> choose(std::string_view text, Instant now) {
  if (text.empty() || text.size() > kMostKeyBytes) {
    return fail(Code::invalid, "an OpenPGP key is 1 byte to 64 KiB");
  }
  // The library tells standard error what it makes of anything else.
  const bool is_binary = (static_cast<unsigned char>(text.front()) & 0x80U) != 0;
  if (!is_binary && !text.contains("-----BEGIN PGP ")) {
    return fail(Code::invalid, "not an OpenPGP public key");
  }
  TRY(librnp.load());
  Chosen chosen;
  chosen.ring =
      held<rnp_ffi_st>([](rnp_ffi_t* out) { return librnp->ffi_create(out, "GPG", "GPG"); });
  const auto input = input_of(text);
  if (!chosen.ring || !input || now.ms < 0 ||
      librnp->set_timestamp(chosen.ring.get(), static_cast<std::uint64_t>(now.ms / kMsInSecond)) !=
          RNP_SUCCESS) {
    return fail(Code::unavailable, "OpenPGP cannot start");
  }
  // Secret parts are looked for, so that they can be refused.
  if (librnp->import_keys(chosen.ring.get(), input.get(),
                          RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SECRET_KEYS,
                          nullptr) != RNP_SUCCESS) {
    return fail(Code::invalid, "not an OpenPGP public key");
  }
  chosen.main = TRY(main_key(chosen.ring.get()));
  if (holds(chosen.main.get(), librnp->key_is_revoked)) {
    return fail(Code::invalid, "the OpenPGP key is revoked");
  }
  const auto seconds = static_cast<std::uint64_t>(now.ms / kMsInSecond);
  const std::uint64_t main_till = valid_till(chosen.main.get());
  if (main_till != 0 && main_till <= seconds) {
    return fail(Code::invalid, "the OpenPGP key has expired");
  }
  chosen.target = held<rnp_key_handle_st>([&](rnp_key_handle_t* out) {
    return librnp->key_get_default_key(chosen.main.get(), "encrypt", 0, out);
  });
  if (!chosen.target || !holds(chosen.main.get(), librnp->key_is_valid) ||
      !holds(chosen.target.get(), librnp->key_is_valid)) {
    return fail(Code::invalid,
                "nothing can be encrypted to the OpenPGP key now: no part of it is for that, or "
                "has expired, is revoked or not valid yet");
  }
  TRY(check_strength(chosen.main.get()));
  TRY(check_strength(chosen.target.get()));
  const std::uint64_t till = std::min(main_till, valid_till(chosen.target.get()));
  if (till <= seconds) {
    return fail(Code::invalid, "the OpenPGP key has expired");
  }
  if (till != kForever) {
    chosen.expires = Instant{static_cast<std::int64_t>(till) * kMsInSecond};
  }
  return chosen;
}

}  // namespace

Result<Key> read_key(std::string_view text, Instant now) {
  const Chosen chosen = TRY(choose(text, now));
  const auto name =
      held<char>([&](char** out) { return librnp->key_get_fprint(chosen.main.get(), out); });
  const auto output = new_output(kMostKeyBytes);
  if (!name || !output ||
      librnp->key_export(chosen.main.get(), output.get(),
                         RNP_KEY_EXPORT_PUBLIC | RNP_KEY_EXPORT_SUBKEYS) != RNP_SUCCESS) {
    return fail(Code::invalid, "not an OpenPGP public key");
  }
  return Key{TRY(written(output.get())), name.get(), chosen.expires};
}

Result<std::string> armored(std::string_view key) {
  TRY(librnp.load());
  const auto input = input_of(key);
  const auto output = new_output(0);
  if (!input || !output ||
      librnp->enarmor(input.get(), output.get(), "public key") != RNP_SUCCESS) {
    return fail(Code::invalid, "not an OpenPGP public key");
  }
  return written(output.get());
}

Result<std::string> encrypt(std::string_view key, std::string_view text, Instant now) {
  if (text.size() > kMostTextBytes) {
    return fail(Code::invalid, "the text is larger than 1 MiB");
  }
  const Chosen chosen = TRY(choose(key, now));
  const auto input = input_of(text);
  const auto output = new_output(0);
  const auto work = held<rnp_op_encrypt_st>([&](rnp_op_encrypt_t* out) {
    return librnp->op_encrypt_create(out, chosen.ring.get(), input.get(), output.get());
  });
  const bool is_done =
      input && output && work &&
      librnp->op_encrypt_add_recipient(work.get(), chosen.target.get()) == RNP_SUCCESS &&
      librnp->op_encrypt_set_cipher(work.get(), kCipher.data()) == RNP_SUCCESS &&
      librnp->op_encrypt_set_armor(work.get(), true) == RNP_SUCCESS &&
      librnp->op_encrypt_execute(work.get()) == RNP_SUCCESS;
  if (!is_done) {
    return fail(Code::invalid, "nothing could be encrypted to the OpenPGP key");
  }
  return written(output.get());
}

}  // namespace weir::openpgp
